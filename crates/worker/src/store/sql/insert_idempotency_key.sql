INSERT INTO idempotency_key (tenant, actor, key, request, made, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
