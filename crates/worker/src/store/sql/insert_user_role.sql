INSERT INTO user_role (tenant, user, role, source, created_at)
VALUES (?1, ?2, ?3, ?4, ?5)
