//! A whole vault, as a server gives it out that may mix whatever it ever had: what a browser takes over is a state that there
//! was, and none before the one that it has seen.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use keyward_vault::{Account, Begun, Contents, Edit, Given, Kind, Sealed};

use crate::Random;
use crate::sealed::{TENANT, USER, pair};

struct World {
    alice: Begun,
    /// Each state, from the first.
    states: Vec<Contents>,
    /// Everything that was ever sealed.
    all: Vec<Given>,
}

/// Which of the states the browser has seen.
const SEEN: usize = 1;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut random = Random::new(3);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let alice = Account::begin(TENANT, USER, pair(1), &mut random);
    let put = |id, plaintext| Edit::Put { id, kind: Kind::Item, plaintext };
    let mut state = Contents::new(TENANT, USER);
    let (mut states, mut all) = (Vec::new(), Vec::new());
    for edits in [
        vec![put("i_a", b"first"), put("i_b", b"other")],
        vec![put("i_a", b"second")],
        vec![Edit::Remove { id: "i_b" }, put("i_c", b"third")],
        vec![put("i_b", b"again")],
    ] {
        let draft = state.edit(edits, &alice.vault_key, &mut random).expect("sealed");
        all.extend(draft.sealed);
        state = draft.contents;
        states.push(state.clone());
    }
    World { alice, states, all }
});

type Row = (String, u64, Vec<u8>);

fn rows(contents: &Contents) -> BTreeSet<Row> {
    let row = |given: &Given| (given.id.clone(), given.revision, given.sealed.as_bytes().to_vec());
    contents.items().map(row).collect()
}

/// Two bytes a row: which, and what is done to it.
fn given(which: u8, change: u8) -> Given {
    let one = WORLD.all.iter().cycle().nth(which.into()).expect("there is one");
    let Given { id, kind, revision, sealed } = one.clone();
    let mut octets = sealed.as_bytes().to_vec();
    match change {
        1 => return Given { id: "i_d".to_owned(), kind, revision, sealed },
        2 => return Given { id, kind, revision: revision + 1, sealed },
        3 => return Given { id, kind, revision: revision - 1, sealed },
        4 => octets.truncate(octets.len() / 2),
        5.. => octets.iter_mut().skip(change.into()).take(1).for_each(|octet| *octet ^= 1),
        0 => {}
    }
    Given { id, kind, revision, sealed: Sealed::from_bytes(octets) }
}

/// The first byte says whether the browser has seen a state, and whether this comes in one answer. Every honest state in a
/// script of its own.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let script = |state: &Contents| {
        let has = |given: &&Given| state.get(&given.id) == Some(given);
        let at = (0_u8..).zip(&WORLD.all).filter(|(_, given)| has(given)).flat_map(|(at, _)| [at, 0]);
        at.collect::<Vec<u8>>()
    };
    let first_time = WORLD.states.iter().map(|state| [&[0], script(state).as_slice()].concat());
    let later = WORLD.states.iter().skip(SEEN).map(|state| [&[3], script(state).as_slice()].concat());
    first_time.chain(later).collect()
}

pub(crate) fn holds(script: &[u8]) -> bool {
    let Some((how, script)) = script.split_first() else { return false };
    let (has_seen, is_one_state) = (how & 1 == 1, how & 2 == 2);
    let script = script.get(..script.len().min(64)).unwrap_or_default();
    let rows_given =
        script.chunks_exact(2).filter_map(|pair| Some(given(*pair.first()?, *pair.last()?))).collect();
    let nothing = Contents::new(TENANT, USER);
    let before = WORLD.states.get(SEEN).filter(|_| has_seen).unwrap_or(&nothing);
    let Ok(taken) = before.receive(rows_given, &WORLD.alice.vault_key, None, 0, is_one_state) else {
        return false;
    };
    assert!(taken.counter() >= before.counter(), "rolled back");
    let honest = WORLD.states.iter().find(|state| state.counter() == taken.counter());
    assert_eq!(rows(&taken), rows(honest.expect("a state that there was")), "mixed");
    true
}
