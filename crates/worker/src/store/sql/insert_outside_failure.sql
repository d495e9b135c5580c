-- ?1 e-mail, ?2 id, ?3 network, ?4 in a known browser, ?5 at
INSERT INTO outside_failure (email, id, network, is_known, failed_at) VALUES (?1, ?2, ?3, ?4, ?5)
