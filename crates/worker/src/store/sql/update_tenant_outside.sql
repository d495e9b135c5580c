-- ?1 tenant
UPDATE tenant SET outside_version = outside_version + 1
WHERE id = ?1
