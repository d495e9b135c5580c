-- ?1 hash: a logo, whosever it is
SELECT l.png FROM tenant_logo l WHERE l.hash = ?1 LIMIT 1
