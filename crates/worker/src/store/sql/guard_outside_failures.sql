-- ?1 e-mail, ?2 network, ?3 in a known browser, ?4 an hour ago, ?5 a day ago, ?6 most in the network, ?7 everywhere, ?8 in known browsers
INSERT INTO guard (broken)
SELECT 'outside-failures'
WHERE (?3 = 0 AND (
     (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?4 AND f.network = ?2 AND f.is_known = 0) >= ?6
     OR (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5 AND f.is_known = 0) >= ?7))
   OR (?3 = 1 AND (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5 AND f.is_known = 1) >= ?8)
