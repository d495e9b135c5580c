-- ?1 tenant, ?2 admin, ?3 sequence, ?4 purpose, ?5 sequence of the admin, ?6 wrap, ?7 by, ?8 at
INSERT INTO tenant_grant (tenant, admin, sequence, purpose, admin_sequence, wrap, granted_by, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (tenant, admin, sequence, purpose) DO UPDATE SET
  admin_sequence = excluded.admin_sequence, wrap = excluded.wrap, granted_by = excluded.granted_by, created_at = excluded.created_at
