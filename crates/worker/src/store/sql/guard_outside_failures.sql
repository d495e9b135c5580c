-- ?1 e-mail, ?2 network, ?3 known browser, or NULL, ?4 an hour ago, ?5 a day ago, ?6 most in the network, ?7 everywhere, ?8 in a known browser
INSERT INTO guard (broken)
SELECT 'outside-failures'
WHERE (?3 IS NULL AND (
     (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?4 AND f.network = ?2) >= ?6
     OR (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5) >= ?7))
   OR (?3 IS NOT NULL AND (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5 AND f.browser = ?3) >= ?8)
