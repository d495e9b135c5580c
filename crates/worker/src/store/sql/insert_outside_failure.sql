-- ?1 e-mail, ?2 id, ?3 network, ?4 browser, ?5 at
INSERT INTO outside_failure (email, id, network, browser, failed_at) VALUES (?1, ?2, ?3, ?4, ?5)
