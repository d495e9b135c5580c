-- ?1 tenant: who signs in outside, when each last did, and whether a recovery kit is there
SELECT o.user, u.email, u.name, 0 AS is_able, o.signed_in_at, o.recovery IS NOT NULL AS has_kit
FROM outside_admin o
JOIN user u ON u.tenant = o.tenant AND u.id = o.user
WHERE o.tenant = ?1
ORDER BY u.email
