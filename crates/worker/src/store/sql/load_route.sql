-- ?1 domain, ?2 SSO name, ?3 connection; all but one are NULL
SELECT t.id AS tenant, t.name AS tenant_name, t.status AS tenant_status, t.accent, l.hash AS logo,
       c.id AS connection, c.node, c.status, c.sso_name,
       coalesce(?1, (SELECT min(d.name) FROM domain d
                     WHERE d.tenant = c.tenant AND d.connection = c.id AND d.status = 'reserved')) AS verified_domain,
       f.idp_name, f.sso_url, f.sso_binding, f.login_hint, f.sign_requests, f.name_id_format, c.force_authn,
       k.wrapped AS signing_key
FROM connection c
JOIN tenant t ON t.id = c.tenant
LEFT JOIN tenant_logo l ON l.tenant = t.id
JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active'
LEFT JOIN sp_key k ON k.tenant = c.tenant AND k.connection = c.id AND k.purpose = 'sign' AND k.status = 'active'
WHERE c.id = coalesce(
  (SELECT d.connection FROM domain d WHERE d.name = ?1 AND d.status = 'reserved'),
  (SELECT s.id FROM connection s WHERE s.sso_name = ?2),
  ?3)
