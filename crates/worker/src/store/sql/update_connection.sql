UPDATE connection SET status = ?3, sso_name = ?4, jit = ?5, idp_initiated = ?6, idp_initiated_paths = ?7, single_logout = ?8, force_authn = ?9, version = version + 1
WHERE tenant = ?1 AND id = ?2
