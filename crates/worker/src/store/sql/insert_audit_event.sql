INSERT INTO audit_event (id, tenant, time, event, code, reference, actor, subject, connection, node, ip, user_agent, detail)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
