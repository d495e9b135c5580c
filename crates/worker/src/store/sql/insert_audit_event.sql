-- ?14 the session that it was done in, or NULL: its device, where one was proven in it
INSERT INTO audit_event (id, tenant, time, event, code, reference, actor, subject, connection, node, ip, user_agent, detail, device)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
        (SELECT d.device FROM session_device d WHERE d.tenant = ?2 AND d.token = ?14))
