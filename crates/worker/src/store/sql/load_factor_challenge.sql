-- load_factor_challenge
-- ?1 token, ?2 challenge
SELECT c.ceremony, c.device, c.expires_at, u.challenge IS NOT NULL AS is_used
FROM session s
JOIN factor_challenge c ON c.tenant = s.tenant AND c.challenge = ?2 AND c.session = s.token
LEFT JOIN used_factor_challenge u ON u.tenant = c.tenant AND u.challenge = c.challenge
WHERE s.token = ?1
