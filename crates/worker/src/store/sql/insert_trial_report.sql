INSERT INTO trial_report (tenant, trial, sealed, created_at) VALUES (?1, ?2, ?3, ?4)
