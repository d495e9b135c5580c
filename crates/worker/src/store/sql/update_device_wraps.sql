-- update_device_wraps
-- ?1 tenant, ?2 user, ?3 sequence, ?4 [[device, wrap, share], …]
UPDATE device SET sequence = ?3, wrap = j.value ->> 1, share = j.value ->> 2
FROM json_each(?4) j
WHERE device.tenant = ?1 AND device.user = ?2 AND device.id = j.value ->> 0
