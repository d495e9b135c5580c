-- ?1 connection
SELECT c.tenant, t.status AS tenant_status, c.id, c.node, c.status, c.version, c.sso_name, c.jit, c.idp_initiated,
       c.idp_initiated_paths, f.idp_entity_id, f.subject_attribute, f.pinned_attribute, f.groups_attribute, f.attribute_mapping, f.allow_sha1_until,
       c.single_logout, f.slo_url, f.slo_response_url, f.slo_binding
FROM connection c
JOIN tenant t ON t.id = c.tenant
JOIN connection_configuration f ON f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active'
WHERE c.id = ?1
