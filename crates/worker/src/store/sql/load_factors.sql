-- load_factors
-- ?1 token
SELECT f.id, f.kind, f.name, f.secret, f.credential, f.counter, f.is_verified, f.may_sync, f.created_at, f.last_used_at,
       (SELECT json_group_array(u.step) FROM used_factor_step u
        WHERE u.tenant = f.tenant AND u.user = f.user AND u.factor = f.id) AS used
FROM session s
JOIN factor f ON f.tenant = s.tenant AND f.user = s.user
WHERE s.token = ?1
