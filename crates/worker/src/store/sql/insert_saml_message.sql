-- ?1 tenant, ?2 connection, ?3 id, ?4 time, ?5 direction, ?6 kind, ?7 stage, ?8 code, ?9 reference, ?10 sealed,
-- ?11 its ring, or NULL: that of what was awaited, where ?12, the request that it says it answers, is one of the browser ?13's, else of others
INSERT OR REPLACE INTO saml_message (tenant, connection, ring, slot, number, id, time, direction, kind, stage, code, reference, sealed)
SELECT ?1, ?2, it.ring,
       (coalesce((SELECT m.slot FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2 AND m.ring = it.ring ORDER BY m.number DESC LIMIT 1), -1) + 1)
         % CASE it.ring WHEN 'signed' THEN 120 ELSE 40 END,
       1 + max(coalesce((SELECT max(m.number) FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2 AND m.ring = 'signed'), 0),
               coalesce((SELECT max(m.number) FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2 AND m.ring = 'awaited'), 0),
               coalesce((SELECT max(m.number) FROM saml_message m WHERE m.tenant = ?1 AND m.connection = ?2 AND m.ring = 'other'), 0)),
       ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
FROM (SELECT CASE
        WHEN ?11 IS NOT NULL THEN ?11
        WHEN EXISTS (SELECT 1 FROM pending_login p
                     WHERE p.tenant = ?1 AND p.request = ?12 AND p.connection = ?2 AND p.browser = ?13 AND p.expires_at > ?4) THEN 'awaited'
        ELSE 'other'
      END AS ring) it
