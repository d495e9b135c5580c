-- load_handovers
-- ?1 token: vaults that were handed over to its person
SELECT h.owner, h.sequence, h.wrap, h.created_at, o.email, m.id AS made_by, m.email AS made_by_email,
       (SELECT json_group_array(v.statement) FROM vault_statement v
        WHERE v.tenant = h.tenant AND v.user = h.owner) AS chain,
       (SELECT json_group_array(v.statement) FROM vault_statement v
        WHERE v.tenant = h.tenant AND v.user = h.made_by) AS maker,
       k.revision AS keys_revision, k.sealed AS keys_sealed
FROM session s
JOIN vault_handover h ON h.tenant = s.tenant AND h.recipient = s.user
JOIN user o ON o.tenant = h.tenant AND o.id = h.owner AND o.status = 'locked'
JOIN user m ON m.tenant = h.tenant AND m.id = h.made_by
JOIN vault_sealed k ON k.tenant = h.tenant AND k.user = h.owner AND k.item = 'account-keys'
WHERE s.token = ?1
LIMIT 20
