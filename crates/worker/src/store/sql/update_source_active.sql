-- ?1 tenant, ?2 connection: its draft is what is active
UPDATE connection_source SET is_draft = 0 WHERE tenant = ?1 AND connection = ?2
