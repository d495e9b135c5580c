-- ?1 tenant, ?2 name: whose it is, and how many there are
SELECT EXISTS (SELECT 1 FROM domain d WHERE d.tenant = ?1 AND d.name = ?2) AS is_ours,
       EXISTS (SELECT 1 FROM domain o WHERE o.name = ?2 AND o.status = 'reserved' AND o.tenant <> ?1) AS taken,
       (SELECT count(*) FROM domain c WHERE c.tenant = ?1) AS count
