-- ?1 tenant, ?2 name, ?3 due_at: nobody else has checked it since
INSERT INTO guard (broken)
SELECT 'domain-due'
WHERE NOT EXISTS (SELECT 1 FROM domain d WHERE d.tenant = ?1 AND d.name = ?2 AND d.next_check_at = ?3)
