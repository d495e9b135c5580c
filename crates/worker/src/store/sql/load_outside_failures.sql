-- ?1 e-mail, ?2 browser, ?3 network, ?4 an hour ago, ?5 a day ago
SELECT (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?4 AND f.network = ?3) AS network,
       (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5) AS everywhere,
       (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?5 AND f.browser = ?2) AS here
