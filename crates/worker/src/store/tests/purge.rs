//! Of an organisation that was deleted, nothing stays; of the others, everything.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::store::purge::{self, NEXT, ROWS, TABLES};

fn names(sqlite: &Sqlite, sql: &str) -> Vec<String> {
    let mut prepared = sqlite.prepare(sql).expect("prepares");
    let names = prepared.query_map([], |row| row.get(0)).expect("lists");
    names.map(|name| name.expect("name")).collect()
}

#[test]
fn every_table_of_organisations_is_purged_after_those_that_refer_to_it() {
    let sqlite = database();
    let all = names(
        &sqlite,
        "SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'tenant'",
    );
    let places: BTreeMap<&str, usize> =
        TABLES.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    assert_eq!(places.len(), TABLES.len(), "each once");
    assert_eq!(places.keys().copied().collect::<BTreeSet<_>>(), all.iter().map(String::as_str).collect());
    for (table, sql) in TABLES {
        let refers =
            names(&sqlite, &format!("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list('{table}')"));
        for target in refers.iter().filter(|target| *target != table && *target != "tenant") {
            assert!(places[table] < places[target.as_str()], "{table} refers to {target}");
        }
        let keys = names(
            &sqlite,
            &format!("SELECT name FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk"),
        );
        assert!(sql.contains(&format!("WHERE ({}) IN", keys.join(", "))), "{sql}");
        assert!(sql.ends_with(&format!("LIMIT {ROWS})")));
    }
    const { assert!(ROWS >= keyward_core::admin::MOST, "a tree of nodes goes as a whole") };
    for sql in TABLES.iter().map(|(_, sql)| *sql).chain([NEXT]) {
        let mut plan = sqlite.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("explains");
        let steps = plan.query_map(["t_acme"], |row| row.get::<_, String>(3)).expect("plans");
        for step in steps.map(|step| step.expect("step")) {
            let is_constant = step.contains("CONSTANT ROW");
            assert!(!step.starts_with("SCAN") || is_constant, "{sql}: {step}");
        }
    }
}

#[test]
fn a_deleted_organisation_goes_step_by_step() {
    let mut sqlite = database();
    let alice = create_user("u_alice", "alice@acme.test");
    commit(&mut sqlite, vec![], vec![alice, open_session(1)]).expect("in");
    sqlite
        .execute_batch(
            "INSERT INTO mail_settings (tenant, provider) VALUES ('t_acme', 'deployment');
             INSERT INTO identity VALUES ('t_acme', 'c_acme', '[\"attribute\",\"oid\",\"7\"]', 'u_alice', NULL, 0, 0);
             UPDATE tenant SET status = 'deleted', deleted_at = 5 WHERE id = 't_acme'",
        )
        .expect("deleted");
    let others = |sqlite: &Sqlite| {
        TABLES
            .iter()
            .map(|(table, _)| count(sqlite, &format!("{table} WHERE tenant <> 't_acme'")))
            .sum::<i64>()
    };
    let before = others(&sqlite);
    let due = |sqlite: &mut Sqlite, at: i64| {
        let mut answers = batch(sqlite, &purge::due(Timestamp::from_millis(at))).expect("asks");
        purge::read_due(&mut answers).expect("reads")
    };
    assert_eq!(due(&mut sqlite, 5), None);
    let acme = due(&mut sqlite, 6).expect("it is due");
    assert_eq!(acme, tenant());
    let mut table: Option<String> = None;
    let mut steps = 0;
    loop {
        let mut answers = batch(&mut sqlite, &purge::step(&acme, table.as_deref())).expect("removes");
        table = purge::read_step(&mut answers, table.is_some()).expect("reads");
        steps += 1;
        if table.is_none() {
            break;
        }
    }
    assert!(steps > 10, "{steps}");
    let gone = keyward_core::admin::forget_tenant(&acme, NOW, &mut Seeded(0));
    batch(&mut sqlite, &commit::statements(&gone, &Visitor::default())).expect("the last of it");
    assert_eq!(count(&sqlite, "tenant"), 1);
    assert_eq!(others(&sqlite), before);
    assert_eq!(count(&sqlite, "audit_event WHERE tenant IS NULL"), 1, "that it is gone is nobody's");
}
