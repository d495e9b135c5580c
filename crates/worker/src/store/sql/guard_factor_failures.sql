-- guard_factor_failures
-- ?1 tenant, ?2 user, ?3 session, ?4 network, ?5 in a known browser, ?6 an hour ago, ?7 a day ago, ?8 most in the session, ?9 in the network, ?10 everywhere, ?11 in known browsers
INSERT INTO guard (broken)
SELECT 'factor-failures'
WHERE (SELECT count(*) FROM factor_failure f WHERE f.tenant = ?1 AND f.user = ?2 AND f.session = ?3) >= ?8
   OR (?5 = 0 AND (
     (SELECT count(*) FROM factor_failure f
      WHERE f.tenant = ?1 AND f.user = ?2 AND f.failed_at > ?6 AND f.network = ?4 AND f.is_unknown = 1) >= ?9
     OR (SELECT count(*) FROM factor_failure f
         WHERE f.tenant = ?1 AND f.user = ?2 AND f.failed_at > ?7 AND f.is_unknown = 1) >= ?10))
   OR (?5 = 1 AND (SELECT count(*) FROM factor_failure f
                   WHERE f.tenant = ?1 AND f.user = ?2 AND f.failed_at > ?7 AND f.is_unknown = 0) >= ?11)
