DELETE FROM sp_key
WHERE tenant = ?1 AND connection = ?2 AND id = ?3 AND status <> 'active'
