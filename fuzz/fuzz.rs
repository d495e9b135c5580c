//! One program for every door of the engine, chosen by the environment: `KEYWARD_DOOR=parse fuzz CORPUS`.
//! The properties and their reasons are in `crates/testkit/src/properties.rs`.

#![no_main]

use std::sync::LazyLock;

use keyward_testkit::properties::{DOORS, Door};
use libfuzzer_sys::fuzz_target;

static DOOR: LazyLock<Door> = LazyLock::new(|| {
    let wanted = std::env::var("KEYWARD_DOOR").unwrap_or_default();
    *DOORS.iter().find(|door| door.name == wanted).expect("KEYWARD_DOOR names a door")
});

fuzz_target!(|bytes: &[u8]| {
    (DOOR.holds)(bytes);
});
