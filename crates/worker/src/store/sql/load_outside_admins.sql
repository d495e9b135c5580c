-- ?1 token of a session, ?2 hash of a token of the API: who of their organisation signs in outside
SELECT t.outside_version AS version,
       (SELECT n.id FROM node n WHERE n.tenant = t.id AND n.parent IS NULL) AS root,
       (SELECT json_group_array(json_array(u.id, u.node, u.status, o.signed_in_from, json((
          SELECT json_group_array(json_array(r.id, r.node, json(r.privileges), json(r.policies)))
          FROM user_role h
          JOIN role r ON r.tenant = h.tenant AND r.id = h.role
          WHERE h.tenant = u.tenant AND h.user = u.id AND h.source <> 'group'))))
        FROM outside_admin o
        JOIN user u ON u.tenant = o.tenant AND u.id = o.user
        WHERE o.tenant = t.id) AS admins
FROM tenant t
WHERE t.id = coalesce((SELECT s.tenant FROM session s WHERE s.token = ?1), (SELECT a.tenant FROM api_token a WHERE a.hash = ?2))
