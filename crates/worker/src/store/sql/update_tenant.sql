UPDATE tenant SET name = ?2, group_privileges = ?3, version = version + 1
WHERE id = ?1
