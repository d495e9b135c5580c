-- ?1 tenant, ?2 connection, ?3 now: what is active, before something else is
INSERT INTO connection_previous (tenant, connection, configuration, metadata_url, replaced_at)
SELECT f.tenant, f.connection,
       json_object('idp_name', f.idp_name, 'idp_entity_id', f.idp_entity_id, 'sso_url', f.sso_url,
          'sso_binding', f.sso_binding, 'login_hint', f.login_hint, 'sign_requests', f.sign_requests,
          'name_id_format', f.name_id_format, 'subject_attribute', f.subject_attribute,
          'pinned_attribute', f.pinned_attribute, 'groups_attribute', f.groups_attribute,
          'slo_url', f.slo_url, 'slo_response_url', f.slo_response_url, 'slo_binding', f.slo_binding,
          'attributes', json(f.attribute_mapping),
          'certificates', (SELECT json_group_array(k.certificate) FROM connection_certificate k
                           WHERE k.tenant = f.tenant AND k.connection = f.connection AND k.stage = f.stage)),
       (SELECT m.url FROM connection_metadata m WHERE m.tenant = f.tenant AND m.connection = f.connection), ?3
FROM connection_configuration f
WHERE f.tenant = ?1 AND f.connection = ?2 AND f.stage = 'active'
ON CONFLICT (tenant, connection) DO UPDATE SET configuration = excluded.configuration, metadata_url = excluded.metadata_url, replaced_at = excluded.replaced_at
