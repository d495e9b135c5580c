-- ?1 e-mail, ?2 code, ?3 the hour, ?4 event, ?5 reference; a second one conflicts, and is counted with the first
INSERT INTO outside_refusal (email, code, hour, event, reference) VALUES (?1, ?2, ?3, ?4, ?5)
