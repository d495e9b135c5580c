DELETE FROM node WHERE tenant = ?1 AND id = ?2
