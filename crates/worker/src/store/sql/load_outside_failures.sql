-- ?1 e-mail, ?2 network, ?3 an hour ago, ?4 a day ago
SELECT (SELECT count(*) FROM outside_failure f
        WHERE f.email = ?1 AND f.failed_at > ?3 AND f.network = ?2 AND f.is_known = 0) AS network,
       (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?4 AND f.is_known = 0) AS everywhere,
       (SELECT count(*) FROM outside_failure f WHERE f.email = ?1 AND f.failed_at > ?4 AND f.is_known = 1) AS known
