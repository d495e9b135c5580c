-- What ends sessions before their time: policies of roles, and everything they rest on.

-- JSON object: policy → value (keyward_core::policy); what is not in it is as by default.
ALTER TABLE role ADD COLUMN policies TEXT NOT NULL DEFAULT '{}' CHECK (json_type(policies) IS 'object');

-- All of somebody's sessions end at once: those that began until then are over. One row, however many they are.
ALTER TABLE tenant ADD COLUMN sessions_ended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connection ADD COLUMN sessions_ended_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN sessions_ended_at INTEGER NOT NULL DEFAULT 0;
