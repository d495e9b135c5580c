//! A vault over time, in two devices, with a server between them that keeps what it is given and lies about it.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use std::collections::BTreeMap;

use keyward_testkit::Random;
use keyward_vault::contents::ROOT;
use keyward_vault::{
    Account, AccountKeys, Begun, Contents, Draft, Edit, Given, Kind, ManifestError, Pair, PublicKey,
    SealedError, Secret,
};

const TENANT: &str = "t_acme";
const USER: &str = "u_alice";

/// Nobody computes with the pair here.
fn begin(seed: u8) -> Begun {
    let public = PublicKey::from_bytes([4; 65]).expect("by its look");
    let mut random = Random::new(u64::from(seed));
    let pair = Pair { public, private: Secret::from_bytes([seed; 32]) };
    Account::begin(TENANT, USER, pair, &mut |bytes| random.fill(bytes))
}

/// What a server keeps: by ID, with the counter at which it came.
#[derive(Clone, Default)]
struct Server(BTreeMap<String, (u64, Given)>);

impl Server {
    fn take(&mut self, draft: &Draft) {
        for given in draft.sealed.iter().chain(&draft.rewrapped) {
            self.0.insert(given.id.clone(), (draft.contents.counter(), given.clone()));
        }
        for (id, _) in &draft.removed {
            self.0.remove(id);
        }
    }

    fn since(&self, counter: u64) -> Vec<Given> {
        self.0.values().filter(|(changed, _)| *changed > counter).map(|(_, given)| given.clone()).collect()
    }
}

struct World {
    alice: Begun,
    server: Server,
    random: Random,
}

impl World {
    fn new() -> World {
        World { alice: begin(1), server: Server::default(), random: Random::new(9) }
    }

    fn edit(&mut self, from: &Contents, edits: Vec<Edit<'_>>) -> Draft {
        from.edit(edits, &self.alice.vault_key, &mut |bytes| self.random.fill(bytes)).expect("sealed")
    }

    fn put(&mut self, from: &Contents, id: &str, text: &str) -> Contents {
        let draft = self.edit(from, vec![Edit::Put { id, kind: Kind::Item, plaintext: text.as_bytes() }]);
        self.server.take(&draft);
        draft.contents
    }

    fn receive(&self, by: &Contents, given: Vec<Given>) -> Result<Contents, ManifestError> {
        by.receive(given, &self.alice.vault_key, None, 0, true)
    }

    fn text(&self, of: &Contents, id: &str) -> Result<String, ManifestError> {
        let octets = of.open(id, &self.alice.vault_key, &self.alice.keys)?;
        Ok(String::from_utf8(octets.to_vec()).expect("text"))
    }
}

fn nothing() -> Contents {
    Contents::new(TENANT, USER)
}

#[test]
fn another_device_sees_what_one_saved_and_is_given_only_what_changed() {
    let mut world = World::new();
    let mut one = nothing();
    for index in 0..20 {
        one = world.put(&one, &format!("i_{index}"), &format!("text {index}"));
    }
    let two = world.receive(&nothing(), world.server.since(0)).expect("all of it");
    assert_eq!((two.counter(), two.items().count()), (20, 20));
    assert_eq!(world.text(&two, "i_7").as_deref(), Ok("text 7"));

    one = world.put(&one, "i_7", "text 7, again");
    let changed = world.server.since(two.counter());
    assert_eq!(changed.len(), 3, "the item, its page, the root");
    let two = world.receive(&two, changed).expect("the change");
    assert_eq!(world.text(&two, "i_7").as_deref(), Ok("text 7, again"));

    let draft = world.edit(&one, vec![Edit::Remove { id: "i_3" }]);
    assert_eq!(draft.removed, [("i_3".to_owned(), 1)]);
    world.server.take(&draft);
    let two = world.receive(&two, world.server.since(two.counter())).expect("the removal");
    assert_eq!(two.items().count(), 19);
    assert!(two.get("i_3").is_none());
}

#[test]
fn a_server_that_lies_about_items_is_noticed() {
    let mut world = World::new();
    let mut one = world.put(&nothing(), "i_a", "first");
    let old = world.server.clone();
    one = world.put(&one, "i_a", "second");
    world.put(&one, "i_b", "other");
    let device = world.receive(&nothing(), world.server.since(0)).expect("all of it");
    let lie = |change: &dyn Fn(&mut Server)| {
        let mut server = world.server.clone();
        change(&mut server);
        let given = server.since(0);
        (world.receive(&nothing(), given.clone()).err(), world.receive(&device, given).err())
    };
    let id = |id: &str| id.to_owned();
    let left_out = ManifestError::LeftOut { id: id("i_b") };
    // A device that has the item misses nothing when it is not given out again.
    assert_eq!(lie(&|server| drop(server.0.remove("i_b"))), (Some(left_out), None));
    let older = ManifestError::Old { id: id("i_a") };
    let rolled_back = |server: &mut Server| drop(server.0.insert(id("i_a"), old.0["i_a"].clone()));
    assert_eq!(lie(&rolled_back), (Some(older.clone()), Some(older)));
    let replaced = ManifestError::Other { id: id("i_b") };
    let swap = |server: &mut Server| {
        let (changed, mut given) = server.0["i_a"].clone();
        given.id = id("i_b");
        given.revision = 1;
        server.0.insert(id("i_b"), (changed, given));
    };
    assert_eq!(lie(&swap), (Some(replaced.clone()), Some(replaced)));
    let unlisted = ManifestError::Unlisted { id: id("i_c") };
    let plant = |server: &mut Server| {
        let (changed, mut given) = server.0["i_a"].clone();
        given.id = id("i_c");
        server.0.insert(id("i_c"), (changed, given));
    };
    assert_eq!(lie(&plant), (Some(unlisted.clone()), Some(unlisted)));
    let rootless = ManifestError::LeftOut { id: id(ROOT) };
    assert_eq!(lie(&|server| drop(server.0.remove(ROOT))), (Some(rootless), None));
    // The whole vault of before: who has seen nothing cannot know, who has does.
    let before = world.receive(&device, old.since(0)).err();
    assert_eq!(before, Some(ManifestError::RolledBack { found: 1, seen: 3 }));
    let remembered = nothing().receive(old.since(0), &world.alice.vault_key, None, 3, true).err();
    assert_eq!(remembered, Some(ManifestError::RolledBack { found: 1, seen: 3 }));
}

#[test]
fn another_kind_or_key_does_not_open() {
    let mut world = World::new();
    world.put(&nothing(), "i_a", "first");
    let mut given = world.server.since(0);
    given.iter_mut().filter(|given| given.id == "i_a").for_each(|given| given.kind = Kind::Folder);
    let device = world.receive(&nothing(), given).expect("the list says nothing of kinds");
    assert_eq!(world.text(&device, "i_a"), Err(ManifestError::NotOpened(SealedError::NotOpened)));
    let other = nothing().receive(world.server.since(0), &begin(2).vault_key, None, 0, true).err();
    assert_eq!(other, Some(ManifestError::NotOpened(SealedError::NotOpened)));
}

#[test]
fn what_was_removed_while_pages_came_is_left_aside() {
    let mut world = World::new();
    let one = world.put(&nothing(), "i_a", "first");
    let one = world.put(&one, "i_b", "second");
    let mut given = world.server.since(0);
    let draft = world.edit(&one, vec![Edit::Remove { id: "i_a" }]);
    world.server.take(&draft);
    given.extend(world.server.since(2));
    let refused = world.receive(&nothing(), given.clone()).err();
    assert_eq!(refused, Some(ManifestError::Unlisted { id: "i_a".to_owned() }));
    let device = nothing().receive(given, &world.alice.vault_key, None, 0, false).expect("in parts");
    assert_eq!(device.items().map(|given| given.id.as_str()).collect::<Vec<_>>(), ["i_b"]);
}

/// What a device has that follows a change of keys.
fn read_all(server: &Server, now: &Begun, keys: &AccountKeys) -> Result<Contents, ManifestError> {
    let contents = nothing().receive(server.since(0), &now.vault_key, keys.former(), 0, true)?;
    for given in contents.items() {
        contents.open(&given.id, &now.vault_key, keys)?;
    }
    Ok(contents)
}

#[test]
fn a_change_of_keys_moves_everything_in_steps_and_may_stop_after_any() {
    let mut world = World::new();
    let items: Vec<(String, String)> = (0..900).map(|n| (format!("i_{n}"), format!("text {n}"))).collect();
    let edits = items.iter().map(|(id, text)| Edit::Put { id, kind: Kind::Item, plaintext: text.as_bytes() });
    let draft = world.edit(&nothing(), edits.collect());
    world.server.take(&draft);
    let mut one = draft.contents;
    // A page that has nothing any more is moved too.
    one = world.put(&one, "i_gone", "x");
    let draft = world.edit(&one, vec![Edit::Remove { id: "i_gone" }]);
    world.server.take(&draft);
    one = draft.contents;
    let before = world.server.clone();

    let pair = Pair {
        public: PublicKey::from_bytes([4; 65]).expect("by its look"),
        private: Secret::from_bytes([7; 32]),
    };
    let mut random = Random::new(77);
    let mut random = |bytes: &mut [u8]| random.fill(bytes);
    let alice = begin(1);
    let mut now = alice.account.rotate(&alice.keys, &alice.vault_key, pair, &mut random).expect("changed");
    let sealed = now.keys.seal(&now.account, &now.vault_key, 1, &mut random).expect("sealed");
    let edit = Edit::Sealed { id: "account-keys", kind: Kind::AccountKeys, sealed };
    let draft = one.edit(vec![edit], &now.vault_key, &mut random).expect("sealed");
    assert_eq!(draft.sealed.len(), 2, "however large the vault is");
    world.server.take(&draft);
    one = draft.contents;
    read_all(&world.server, &now, &now.keys).expect("right after the change");
    let stale = world.receive(&nothing(), world.server.since(0)).err();
    assert_eq!(stale, Some(ManifestError::NotOpened(SealedError::NotOpened)), "who does not follow");

    let (mut steps, mut moved) = (0, 0);
    while let Some(draft) = one.rewrap(&now.vault_key, &alice.vault_key, &mut random).expect("moved") {
        assert!(draft.rewrapped.len() <= 400 && draft.removed.is_empty());
        moved += draft.rewrapped.len();
        steps += 1;
        world.server.take(&draft);
        // Stopped here, another device goes on; and it edits meanwhile.
        let two = read_all(&world.server, &now, &now.keys).expect("after any step");
        let edit = Edit::Put { id: "i_5", kind: Kind::Item, plaintext: b"edited" };
        let draft = two.edit(vec![edit], &now.vault_key, &mut random).expect("sealed");
        world.server.take(&draft);
        one = draft.contents;
    }
    assert!(steps >= 3 && (899..=900).contains(&moved), "{steps} steps, {moved} things");
    now.keys = now.keys.without_former();
    let done = read_all(&world.server, &now, &now.keys).expect("under the new key alone");
    assert_eq!(done.items().count(), 900);
    for (id, text) in &items {
        let opened = done.open(id, &now.vault_key, &now.keys).expect("opened");
        let expected = if id == "i_5" { "edited" } else { text.as_str() };
        assert_eq!(opened.as_slice(), expected.as_bytes());
        assert_eq!(done.get(id).map(|given| given.revision == 1), Some(id != "i_5"), "revisions stay");
    }
    // What was under the old key is not what is listed any more.
    let mut lying = world.server.clone();
    lying.0.insert("i_9".to_owned(), before.0["i_9"].clone());
    let replaced = read_all(&lying, &now, &now.keys).map(drop);
    assert_eq!(replaced, Err(ManifestError::Other { id: "i_9".to_owned() }));
}
