//! The fingerprint that a domain publishes.

use super::*;
use crate::dns::Lookup;
use crate::domain::{DomainFacts, DomainStatus};

#[test]
fn a_record_counts_where_all_resolvers_see_the_same_one() {
    let facts = DomainFacts {
        tenant: tenant(),
        name: crate::address::Domain::parse("acme.test").expect("a domain"),
        status: DomainStatus::Reserved,
        token: "abc".to_owned(),
        attempts: 0,
        missing_since: None,
        created_at: NOW,
        due_at: NOW,
        taken: false,
    };
    let (one, other) = ("a".repeat(64), "b".repeat(64));
    let texts = |all: &[&str]| {
        Lookup::Texts(["keyward=abc"].iter().chain(all).map(|text| (*text).to_owned()).collect())
    };
    let published = |lookups: &[Lookup]| match facts.published(lookups) {
        Some(Write::Escrow(EscrowWrite::Published { fingerprint, .. })) => Some(fingerprint),
        None => None,
        other => panic!("{other:?}"),
    };
    let record = format!("keyward-escrow={one}");
    let seen = texts(&[&record]);
    assert_eq!(published(&[seen.clone(), seen.clone()]), Some(Some(one.clone())));
    assert_eq!(published(&[texts(&[]), texts(&[])]), Some(None));
    let differs = texts(&[&format!("keyward-escrow={other}")]);
    assert_eq!(published(&[seen.clone(), differs]), None);
    assert_eq!(published(&[seen.clone(), Lookup::Failed]), None);
    assert_eq!(published(std::slice::from_ref(&seen)), None, "one alone");
    assert_eq!(published(&[]), None);
    let two = texts(&[&record, &format!("keyward-escrow={other}")]);
    assert_eq!(published(&[two.clone(), two]), Some(None), "nobody could say which");
    for text in ["keyward-escrow=", "keyward-escrow=ABC", &format!("keyward-escrow={}", one.to_uppercase())] {
        assert_eq!(published(&[texts(&[text]), texts(&[text])]), Some(None), "{text}");
    }
}
