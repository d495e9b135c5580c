-- ?1 tenant, ?2 connection, ?3 id, ?4 wrapped before, ?5 wrapped now
UPDATE sp_key SET wrapped = ?5
WHERE tenant = ?1 AND connection = ?2 AND id = ?3 AND wrapped = ?4
