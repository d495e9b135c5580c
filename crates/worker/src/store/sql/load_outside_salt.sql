-- what salts are made of
SELECT s.key FROM outside_salt s WHERE s.id = 1
