//! Tells the Worker which migrations its statements were written for, so that it can say when its database is older.

use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../../migrations");
    let mut names = Vec::new();
    for entry in fs::read_dir("../../migrations")? {
        names.push(entry?.file_name().into_string().map_err(|_| "a migration has no readable name")?);
    }
    names.retain(|name| name.ends_with(".sql"));
    names.sort();
    if names.is_empty() {
        return Err("there are no migrations".into());
    }
    println!("cargo:rustc-env=KEYWARD_MIGRATIONS=[\"{}\"]", names.join("\",\""));
    Ok(())
}
