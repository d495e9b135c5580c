-- ?1 tenant, ?2 node, ?3 SSO name: what a connection there would reach, whether the word is taken, how many there are
SELECT (SELECT json_group_array(json_array(r.node, json(r.privileges)))
        FROM role r
        WHERE r.tenant = ?1 AND r.privileges <> '[]'
          AND (EXISTS (SELECT 1 FROM node_default_role d WHERE d.tenant = r.tenant AND d.node = ?2 AND d.role = r.id))) AS reach,
       EXISTS (SELECT 1 FROM connection n WHERE n.sso_name = ?3) AS name_taken,
       (SELECT count(*) FROM connection a WHERE a.tenant = ?1) AS count
