//! Fuzzing of every door of the engine, with libFuzzer and the stable compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// What `cargo fuzz` passes too, less the sanitizer: the engine has no unsafe code for one to watch, and sanitizers
/// need a nightly compiler.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";

/// The longest input: more only costs time, since every limit that is larger has a test of its own.
const MAX_LEN: u32 = 12_000;

/// Runs each door, or those named, for so many seconds, one after another. The corpus is kept between runs in
/// `target/fuzz/corpus`.
pub(crate) fn run(root: &Path, seconds: u32, doors: &[&str]) -> Result<()> {
    let folder = root.join("target").join("fuzz");
    let seeds = folder.join("seeds");
    let mut write = Command::new(env!("CARGO"));
    write.current_dir(root).args([
        "run",
        "--quiet",
        "--locked",
        "--package",
        "keyward-testkit",
        "--",
        "seeds",
    ]);
    done(write.arg(&seeds), "writing the seeds")?;
    let program = build(root, &folder)?;
    for entry in std::fs::read_dir(&seeds)? {
        let door = entry?.file_name().into_string().unwrap_or_default();
        if !doors.is_empty() && !doors.contains(&door.as_str()) {
            continue;
        }
        let corpus = folder.join("corpus").join(&door);
        let found = folder.join("found").join(&door);
        std::fs::create_dir_all(&corpus)?;
        std::fs::create_dir_all(&found)?;
        println!("── {door}, {seconds} s");
        let mut fuzzer = Command::new(&program);
        fuzzer
            .env("KEYWARD_DOOR", &door)
            .arg(&corpus)
            .arg(seeds.join(&door))
            .arg(format!("-dict={}", root.join("fuzz").join("markup.dict").display()))
            .arg(format!("-artifact_prefix={}/", found.display()))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_LEN}"))
            .args(["-timeout=10", "-malloc_limit_mb=128", "-rss_limit_mb=1024", "-print_final_stats=1"])
            .arg("-verbosity=0");
        let output = fuzzer.output()?;
        let told = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            return Err(format!("{told}\n{door}: the input is in {}", found.display()).into());
        }
        told.lines().filter_map(|line| line.strip_prefix("stat::")).for_each(|line| println!("{line}"));
    }
    Ok(())
}

fn build(root: &Path, folder: &Path) -> Result<PathBuf> {
    let version = Command::new("rustc").current_dir(root).arg("-vV").output()?;
    let text = String::from_utf8(version.stdout)?;
    let host =
        text.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let mut build = Command::new(env!("CARGO"));
    build
        .current_dir(root.join("fuzz"))
        // With a target named, build scripts are compiled without the instrumentation.
        .args(["build", "--release", "--locked", "--target", host, "--target-dir"])
        .arg(folder)
        .env("RUSTFLAGS", INSTRUMENTATION);
    done(&mut build, "building the fuzzer")?;
    Ok(folder.join(host).join("release").join("fuzz"))
}

fn done(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{what}: {status}").into()) }
}
