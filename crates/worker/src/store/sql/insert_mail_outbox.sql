-- ?1 tenant, ?2 id, ?3 user, ?4 sender, ?5 recipient, ?6 subject, ?7 text, ?8 at
INSERT INTO mail_outbox (tenant, id, user, sender, recipient, subject, text, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
