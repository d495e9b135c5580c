-- load_admin_requests
-- ?1 token, ?2 now, ?3 nodes, ?4 since when an edit counts, ?5 which of the connection do, ?6 of the person, ?7 how many: who waits for an admin at
-- these nodes, longest first
SELECT u.id AS user, u.email, u.name AS person, u.node, u.status, u.version,
       r.device, r.name, r.encryption, r.signing, r.created_at, r.expires_at, r.admin_expires_at, r.wants_fresh,
       c.id AS connection, c.version AS connection_version, a.answer, t.two_person_approval,
       (SELECT max(e.time) FROM audit_event e
        WHERE e.tenant = s.tenant AND e.actor = s.user AND e.time > ?4
          AND (e.connection = r.via AND e.event IN (SELECT value FROM json_each(?5))
            OR e.subject = r.user AND e.event IN (SELECT value FROM json_each(?6)))) AS edited_at,
       (SELECT json_group_array(json_array(o.id, json(o.policies)))
        FROM user_role h
        JOIN role o ON o.tenant = h.tenant AND o.id = h.role
        WHERE h.tenant = u.tenant AND h.user = u.id) AS policies,
       (SELECT json_group_array(v.statement) FROM vault_statement v
        WHERE v.tenant = u.tenant AND v.user = u.id) AS chain,
       (SELECT json_group_array(json_array(d.admin, w.status, w.version,
          json((SELECT json_group_array(json_array(o.node, json(o.privileges)))
           FROM user_role h
           JOIN role o ON o.tenant = h.tenant AND o.id = h.role
           WHERE h.tenant = d.tenant AND h.user = d.admin AND o.privileges <> '[]'
             AND (h.source <> 'group' OR t.group_privileges = 1))),
          (SELECT max(e.time) FROM audit_event e
           WHERE e.tenant = d.tenant AND e.actor = d.admin AND e.time > ?4
             AND (e.connection = r.via AND e.event IN (SELECT value FROM json_each(?5))
               OR e.subject = r.user AND e.event IN (SELECT value FROM json_each(?6))))))
        FROM device_vote d
        JOIN user w ON w.tenant = d.tenant AND w.id = d.admin
        WHERE d.tenant = r.tenant AND d.user = r.user AND d.device = r.device) AS votes,
       x.sequence AS escrow_sequence, x.tenant_sequence AS escrow_tenant_sequence, x.wrap AS escrow_wrap,
       NULL AS keys_revision, NULL AS keys_sealed
FROM session s
JOIN tenant t ON t.id = s.tenant
JOIN device_request r ON r.tenant = s.tenant AND r.admin_expires_at > 0 AND r.admin_expires_at > ?2
JOIN user u ON u.tenant = r.tenant AND u.id = r.user
LEFT JOIN connection c ON c.tenant = r.tenant AND c.id = r.via
LEFT JOIN device_answer a ON a.tenant = r.tenant AND a.user = r.user AND a.device = r.device
LEFT JOIN escrow x ON x.tenant = r.tenant AND x.user = r.user AND x.purpose = 'approval'
WHERE s.token = ?1 AND +u.node IN (SELECT value FROM json_each(?3)) AND a.answer IS NULL
ORDER BY r.admin_expires_at
LIMIT ?7
