-- ?1 tenant, or NULL: whichever it was, ?2 at
UPDATE set_up SET closed_at = ?2
WHERE id = 1 AND closed_at IS NULL AND (?1 IS NULL OR tenant = ?1)
