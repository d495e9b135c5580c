-- ?1 token: whose a claim is, and where it leads
SELECT m.tenant, t.name AS tenant_name, t.status AS tenant_status, c.status AS connection_status, f.idp_name
FROM claim m
JOIN tenant t ON t.id = m.tenant
JOIN connection c ON c.tenant = m.tenant AND c.id = m.connection
JOIN connection_configuration f ON f.tenant = m.tenant AND f.connection = m.connection AND f.stage = 'active'
WHERE m.token = ?1
