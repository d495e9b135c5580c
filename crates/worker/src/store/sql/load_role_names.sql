-- ?1 tenant, ?2 node, ?3 name: whether there is one, and how many roles there are
SELECT EXISTS (SELECT 1 FROM role n WHERE n.tenant = ?1 AND n.node = ?2 AND n.name = ?3) AS name_taken,
       (SELECT count(*) FROM role r WHERE r.tenant = ?1) AS count
