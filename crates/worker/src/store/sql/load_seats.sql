-- ?1 tenant, ?2 e-mail: whether somebody new may come
SELECT t.seats_used < t.seats AS seat_free,
       EXISTS (SELECT 1 FROM user u WHERE u.tenant = t.id AND u.email = ?2) AS email_taken
FROM tenant t
WHERE t.id = ?1
