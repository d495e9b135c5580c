-- ?1 tenant, ?2 id, ?3 origin
SELECT c.id, c.node, c.status, c.sso_name, c.jit, c.idp_initiated, c.idp_initiated_paths, c.single_logout, c.force_authn,
       ?3 || '/saml/' || c.id || '/metadata' AS entity_id, ?3 || '/saml/' || c.id || '/acs' AS acs_url,
       ?3 || '/saml/' || c.id || '/start' AS start_url,
       (SELECT json_object('idp_name', f.idp_name, 'idp_entity_id', f.idp_entity_id, 'sso_url', f.sso_url,
          'sso_binding', f.sso_binding, 'login_hint', f.login_hint, 'sign_requests', f.sign_requests,
          'name_id_format', f.name_id_format, 'subject_attribute', f.subject_attribute,
          'pinned_attribute', f.pinned_attribute, 'groups_attribute', f.groups_attribute,
          'slo_url', f.slo_url, 'slo_response_url', f.slo_response_url, 'slo_binding', f.slo_binding,
          'attributes', json(f.attribute_mapping),
          'certificates', (SELECT json_group_array(k.certificate) FROM connection_certificate k
                           WHERE k.tenant = f.tenant AND k.connection = f.connection AND k.stage = f.stage))
        FROM connection_configuration f
        WHERE f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'active') AS active,
       (SELECT json_object('idp_name', f.idp_name, 'idp_entity_id', f.idp_entity_id, 'sso_url', f.sso_url,
          'sso_binding', f.sso_binding, 'login_hint', f.login_hint, 'sign_requests', f.sign_requests,
          'name_id_format', f.name_id_format, 'subject_attribute', f.subject_attribute,
          'pinned_attribute', f.pinned_attribute, 'groups_attribute', f.groups_attribute,
          'slo_url', f.slo_url, 'slo_response_url', f.slo_response_url, 'slo_binding', f.slo_binding,
          'attributes', json(f.attribute_mapping),
          'certificates', (SELECT json_group_array(k.certificate) FROM connection_certificate k
                           WHERE k.tenant = f.tenant AND k.connection = f.connection AND k.stage = f.stage))
        FROM connection_configuration f
        WHERE f.tenant = c.tenant AND f.connection = c.id AND f.stage = 'draft') AS draft,
       (SELECT json_group_array(json_object('group', g.value, 'role', g.role)) FROM connection_group_role g
        WHERE g.tenant = c.tenant AND g.connection = c.id) AS groups,
       (SELECT m.url FROM connection_metadata m WHERE m.tenant = c.tenant AND m.connection = c.id) AS metadata_url,
       (SELECT m.checked_at FROM connection_metadata m WHERE m.tenant = c.tenant AND m.connection = c.id) AS metadata_checked_at,
       (SELECT m.failures FROM connection_metadata m WHERE m.tenant = c.tenant AND m.connection = c.id) AS metadata_failures,
       c.created_at, c.version,
       (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM role r
        WHERE r.tenant = c.tenant AND r.privileges <> '[]'
          AND (EXISTS (SELECT 1 FROM node_default_role d WHERE d.tenant = r.tenant AND d.node = c.node AND d.role = r.id)
               OR EXISTS (SELECT 1 FROM connection_group_role l
                          WHERE l.tenant = r.tenant AND l.role = r.id AND l.connection = c.id)
               OR EXISTS (SELECT 1 FROM user_role h
                          JOIN identity i ON i.tenant = h.tenant AND i.user = h.user AND i.connection = c.id
                          WHERE h.tenant = r.tenant AND h.role = r.id)
               OR EXISTS (SELECT 1 FROM user_role h
                          JOIN claim k ON k.tenant = h.tenant AND k.user = h.user AND k.connection = c.id
                          WHERE h.tenant = r.tenant AND h.role = r.id
                            AND NOT EXISTS (SELECT 1 FROM consumed_claim x WHERE x.tenant = k.tenant AND x.token = k.token))
               OR r.id IN (SELECT d.role FROM claim k
                           JOIN user u ON u.tenant = k.tenant AND u.id = k.user AND u.status = 'invited'
                           JOIN node_default_role d ON d.tenant = u.tenant AND d.node = u.node
                           WHERE k.tenant = ?1 AND k.connection = ?2
                             AND NOT EXISTS (SELECT 1 FROM consumed_claim x WHERE x.tenant = k.tenant AND x.token = k.token)))) AS reach,
       EXISTS (SELECT 1 FROM identity e WHERE e.tenant = c.tenant AND e.connection = c.id) AS has_identities,
       EXISTS (SELECT 1 FROM sp_key s WHERE s.tenant = c.tenant AND s.connection = c.id AND s.purpose = 'sign'
                                        AND s.status = 'active') AS has_key,
       EXISTS (SELECT 1 FROM connection n WHERE n.tenant = c.tenant AND n.node = c.node AND n.status = 'active'
                                            AND n.id <> c.id) AS node_taken
FROM connection c
WHERE c.tenant = ?1 AND c.id = ?2
