-- ?1 tenant
DELETE FROM tenant WHERE id = ?1 AND status = 'deleted'
