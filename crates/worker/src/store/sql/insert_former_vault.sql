-- ?1 tenant, ?2 user, ?3 at, ?4 until, ?5 by
INSERT INTO former_vault (tenant, user, ended_at, clears_at, ended_by)
VALUES (?1, ?2, ?3, ?4, ?5)
