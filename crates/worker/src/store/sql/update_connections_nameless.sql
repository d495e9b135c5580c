UPDATE connection SET sso_name = NULL, version = version + 1
WHERE tenant = ?1
