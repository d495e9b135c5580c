-- insert_factor_failure
-- ?1 tenant, ?2 user, ?3 id, ?4 session, ?5 network, ?6 in an unknown browser, ?7 at
INSERT INTO factor_failure (tenant, user, id, session, network, is_unknown, failed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
