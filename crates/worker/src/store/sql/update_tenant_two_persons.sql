-- ?1 tenant, ?2 whether two admins are needed
UPDATE tenant SET two_person_approval = ?2, version = version + 1 WHERE id = ?1
