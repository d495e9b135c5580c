-- ?1 tenant, ?2 connection, ?3 id, ?4 time, ?5 direction, ?6 kind, ?7 stage, ?8 code, ?9 reference, ?10 sealed
INSERT OR REPLACE INTO saml_message (tenant, connection, slot, number, id, time, direction, kind, stage, code, reference, sealed)
SELECT ?1, ?2,
       (coalesce((SELECT max(m.number) FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2), 0) + 1) % 200,
       coalesce((SELECT max(m.number) FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2), 0) + 1,
       ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
