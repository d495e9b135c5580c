UPDATE tenant SET name = ?2, group_privileges = ?3, audit_days = ?4, accent = ?5, version = version + 1
WHERE id = ?1
