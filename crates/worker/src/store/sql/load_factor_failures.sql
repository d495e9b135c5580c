-- load_factor_failures
-- ?1 token, ?2 network, ?3 an hour ago, ?4 a day ago
SELECT (SELECT count(*) FROM factor_failure f
        WHERE f.tenant = s.tenant AND f.user = s.user AND f.session = s.token) AS session,
       (SELECT count(*) FROM factor_failure f
        WHERE f.tenant = s.tenant AND f.user = s.user AND f.failed_at > ?3 AND f.network = ?2 AND f.is_unknown = 1) AS network,
       (SELECT count(*) FROM factor_failure f
        WHERE f.tenant = s.tenant AND f.user = s.user AND f.failed_at > ?4 AND f.is_unknown = 1) AS everywhere,
       (SELECT count(*) FROM factor_failure f
        WHERE f.tenant = s.tenant AND f.user = s.user AND f.failed_at > ?4 AND f.is_unknown = 0) AS known
FROM session s
WHERE s.token = ?1
