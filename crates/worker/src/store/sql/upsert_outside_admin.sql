-- ?1 tenant, ?2 user, ?3 e-mail, ?4 verifier, ?5 from, ?6 at
INSERT INTO outside_admin (tenant, user, email, verifier, recovery, signed_in_from, signed_in_at, created_at, changed_at)
VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?6, ?6, ?6)
ON CONFLICT (tenant, user) DO UPDATE SET
  verifier = excluded.verifier, recovery = NULL, signed_in_from = excluded.signed_in_from, signed_in_at = excluded.signed_in_at,
  changed_at = excluded.changed_at, version = version + 1
