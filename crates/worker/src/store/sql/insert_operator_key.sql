-- ?1 key, ?2 request, ?3 made, ?4 at
INSERT INTO operator_key (key, request, made, created_at) VALUES (?1, ?2, ?3, ?4)
