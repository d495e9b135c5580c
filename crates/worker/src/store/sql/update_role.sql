UPDATE role SET name = ?3, policies = ?4, privileges = ?5, version = version + 1
WHERE tenant = ?1 AND id = ?2
