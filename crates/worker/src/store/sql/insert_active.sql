-- ?1 tenant, ?2 connection, ?3 now: what is drafted
INSERT INTO connection_configuration (tenant, connection, stage, idp_name, idp_entity_id, sso_url, sso_binding, login_hint, sign_requests, name_id_format,
  subject_attribute, pinned_attribute, groups_attribute, attribute_mapping, slo_url, slo_response_url, slo_binding, created_at)
SELECT tenant, connection, 'active', idp_name, idp_entity_id, sso_url, sso_binding, login_hint, sign_requests, name_id_format,
  subject_attribute, pinned_attribute, groups_attribute, attribute_mapping, slo_url, slo_response_url, slo_binding, ?3
FROM connection_configuration
WHERE tenant = ?1 AND connection = ?2 AND stage = 'draft'
ON CONFLICT (tenant, connection, stage) DO UPDATE SET
  idp_name = excluded.idp_name,
  idp_entity_id = excluded.idp_entity_id,
  sso_url = excluded.sso_url,
  sso_binding = excluded.sso_binding,
  login_hint = excluded.login_hint,
  sign_requests = excluded.sign_requests,
  name_id_format = excluded.name_id_format,
  subject_attribute = excluded.subject_attribute,
  pinned_attribute = excluded.pinned_attribute,
  groups_attribute = excluded.groups_attribute,
  attribute_mapping = excluded.attribute_mapping,
  slo_url = excluded.slo_url,
  slo_response_url = excluded.slo_response_url,
  slo_binding = excluded.slo_binding,
  created_at = excluded.created_at
