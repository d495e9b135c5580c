//! Which roles a sign-in gives and takes: the node's defaults once, what the groups map gives every time.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::RoleId;

/// Why a user has a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleSource {
    /// It is one of the node's default roles, and was given when the account was made.
    Default,
    /// A group of the IdP gives it, for as long as the IdP says so.
    Group,
    /// An admin gave it.
    Direct,
}

impl RoleSource {
    /// From the database.
    pub fn parse(text: &str) -> Option<RoleSource> {
        match text {
            "default" => Some(RoleSource::Default),
            "group" => Some(RoleSource::Group),
            "direct" => Some(RoleSource::Direct),
            _ => None,
        }
    }

    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            RoleSource::Default => "default",
            RoleSource::Group => "group",
            RoleSource::Direct => "direct",
        }
    }
}

/// A role that a user has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldRole {
    /// Which.
    pub role: RoleId,
    /// Why.
    pub source: RoleSource,
}

/// A line of the groups map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRole {
    /// The group, as the IdP sends it.
    pub group: String,
    /// What it gives.
    pub role: RoleId,
}

/// What a sign-in changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Given, with why; for a role that a group gives, the group.
    pub(crate) given: Vec<(RoleId, RoleSource, Option<String>)>,
    /// No longer given by any group.
    pub(crate) taken: Vec<RoleId>,
}

/// What changes for somebody who holds `held`, where `defaults` are the default roles to give now (none but for a new
/// account) and `mapped` are the lines of the map that their groups meet.
///
/// A role that is held for another reason stays as it is: a group neither gives it twice nor takes it away.
pub(crate) fn changes(held: &[HeldRole], defaults: &[RoleId], mapped: &[GroupRole]) -> Changes {
    // Extended, not collected: collecting sorts first, and each kind of sort is code that browsers would load.
    let (mut has, mut by_group, mut by_default) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    has.extend(held.iter().map(|held| &held.role));
    by_group.extend(mapped.iter().rev().map(|line| (&line.role, line.group.as_str())));
    by_default.extend(defaults.iter().filter(|role| !has.contains(role)));
    let given_by_default = by_default.iter().map(|role| ((*role).clone(), RoleSource::Default, None));
    let given_by_group = by_group
        .iter()
        .filter(|(role, _)| !has.contains(**role) && !by_default.contains(**role))
        .map(|(role, group)| ((*role).clone(), RoleSource::Group, Some((*group).to_owned())));
    let taken = held
        .iter()
        .filter(|held| held.source == RoleSource::Group && !by_group.contains_key(&held.role))
        .map(|held| held.role.clone());
    Changes { given: given_by_default.chain(given_by_group).collect(), taken: taken.collect() }
}

#[cfg(test)]
mod tests {
    use super::{Changes, GroupRole, HeldRole, RoleSource, changes};
    use crate::id::RoleId;

    fn role(id: &str) -> RoleId {
        RoleId::parse(id).expect("id")
    }

    fn held(roles: &[(&str, RoleSource)]) -> Vec<HeldRole> {
        roles.iter().map(|(id, source)| HeldRole { role: role(id), source: *source }).collect()
    }

    fn map(lines: &[(&str, &str)]) -> Vec<GroupRole> {
        lines.iter().map(|(group, id)| GroupRole { group: (*group).to_owned(), role: role(id) }).collect()
    }

    #[test]
    fn a_new_account_gets_defaults_and_what_its_groups_give_each_once() {
        let defaults = [role("r_member"), role("r_reader")];
        let mapped =
            map(&[("Staff", "r_member"), ("Ops", "r_ops"), ("Admins", "r_ops"), ("Audit", "r_audit")]);
        let given = changes(&[], &defaults, &mapped).given;
        let by_group = |id, group: &str| (role(id), RoleSource::Group, Some(group.to_owned()));
        assert_eq!(
            given,
            [
                (role("r_member"), RoleSource::Default, None),
                (role("r_reader"), RoleSource::Default, None),
                by_group("r_audit", "Audit"),
                by_group("r_ops", "Ops"),
            ]
        );
    }

    #[test]
    fn nothing_changes_for_whom_nothing_changed() {
        let has = held(&[
            ("r_ops", RoleSource::Group),
            ("r_member", RoleSource::Default),
            ("r_boss", RoleSource::Direct),
        ]);
        assert_eq!(changes(&has, &[], &map(&[("Ops", "r_ops")])), Changes::default());
    }

    #[test]
    fn leaving_a_group_takes_what_only_it_gave() {
        let has = held(&[("r_ops", RoleSource::Group), ("r_audit", RoleSource::Group)]);
        let changed = changes(&has, &[], &map(&[("Audit", "r_audit")]));
        assert_eq!(changed, Changes { given: vec![], taken: vec![role("r_ops")] });
        // Another group that gives the same keeps it.
        assert_eq!(changes(&has, &[], &map(&[("A", "r_audit"), ("B", "r_ops")])), Changes::default());
        assert_eq!(changes(&has, &[], &[]).taken, [role("r_ops"), role("r_audit")]);
    }

    #[test]
    fn a_group_neither_repeats_nor_takes_what_was_given_otherwise() {
        let has = held(&[("r_ops", RoleSource::Direct), ("r_member", RoleSource::Default)]);
        assert_eq!(changes(&has, &[], &map(&[("Ops", "r_ops"), ("All", "r_member")])), Changes::default());
        assert_eq!(changes(&has, &[], &[]), Changes::default());
    }

    #[test]
    fn a_source_is_what_the_database_calls_it() {
        for source in [RoleSource::Default, RoleSource::Group, RoleSource::Direct] {
            assert_eq!(RoleSource::parse(source.as_str()), Some(source));
        }
        assert_eq!(RoleSource::parse("other"), None);
    }
}
