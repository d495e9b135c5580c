DELETE FROM factor_browser WHERE tenant = ?1 AND user = ?2 AND browser = ?3
