-- ?1 token: how the IdP of a session is told that it is over; none where it is not told
SELECT s.name_id, s.session_index, f.idp_name, f.slo_url, f.slo_response_url, f.slo_binding, k.wrapped AS signing_key
FROM session s
JOIN connection c ON c.tenant = s.tenant AND c.id = s.connection AND c.single_logout = 1
JOIN connection_configuration f ON f.tenant = s.tenant AND f.connection = s.connection AND f.stage = 'active' AND f.slo_url IS NOT NULL
JOIN sp_key k ON k.tenant = s.tenant AND k.connection = s.connection AND k.purpose = 'sign' AND k.status = 'active'
WHERE s.token = ?1 AND s.name_id IS NOT NULL
