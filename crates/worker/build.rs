//! Tells the Worker which migration its statements were written for, so that it can say when its database is older.

use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=../../migrations");
    let mut names = Vec::new();
    for entry in fs::read_dir("../../migrations")? {
        names.push(entry?.file_name().into_string().map_err(|_| "a migration has no readable name")?);
    }
    let newest =
        names.into_iter().filter(|name| name.ends_with(".sql")).max().ok_or("there are no migrations")?;
    println!("cargo:rustc-env=KEYWARD_NEWEST_MIGRATION={newest}");
    Ok(())
}
