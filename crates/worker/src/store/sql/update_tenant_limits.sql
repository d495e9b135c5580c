UPDATE tenant SET status = ?2, seats = ?3, version = version + 1
WHERE id = ?1
