-- ?1 tenant, ?2 user, ?3 now, ?4 how many may be there before the next
INSERT INTO guard (broken)
SELECT 'trials'
WHERE (SELECT count(*) FROM trial t
       WHERE t.tenant = ?1 AND t.user = ?2 AND t.expires_at > ?3
         AND NOT EXISTS (SELECT 1 FROM trial_report r WHERE r.tenant = t.tenant AND r.trial = t.id)) > ?4
