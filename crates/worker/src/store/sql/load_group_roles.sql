-- ?1 tenant, ?2 connection, ?3 JSON array of groups
SELECT g.value, g.role
FROM json_each(?3) a
JOIN connection_group_role g ON g.tenant = ?1 AND g.connection = ?2 AND g.value = a.value
