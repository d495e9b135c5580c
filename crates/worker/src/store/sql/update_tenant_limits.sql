-- ?1 tenant, ?2 status, ?3 seats, ?4 now
UPDATE tenant SET status = ?2, seats = ?3, deleted_at = iif(?2 = 'deleted', ?4, NULL), version = version + 1
WHERE id = ?1
