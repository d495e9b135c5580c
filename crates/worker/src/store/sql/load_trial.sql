-- ?1 connection, ?2 trial: the test, and the draft that it tries
SELECT c.tenant, n.name AS tenant_name, n.accent, l.hash AS logo, c.id, c.node, c.jit, c.force_authn, c.sso_name,
       t.connection AS trial_connection, t.id AS trial, t.user, t.browser, t.expires_at, r.sealed,
       f.idp_name, f.idp_entity_id, f.sso_url, f.sso_binding, f.sign_requests, f.name_id_format,
       f.subject_attribute, f.pinned_attribute, f.groups_attribute, f.attribute_mapping, f.allow_sha1_until
FROM connection c
JOIN tenant n ON n.id = c.tenant
LEFT JOIN tenant_logo l ON l.tenant = n.id
JOIN trial t ON t.tenant = c.tenant AND t.id = ?2
JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'draft'
LEFT JOIN trial_report r ON r.tenant = t.tenant AND r.trial = t.id
WHERE c.id = ?1
