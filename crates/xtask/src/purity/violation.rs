
#[link(wasm_import_module = "host")]
unsafe extern "C" {
    fn time_of_day() -> f64;
}

fn planted() -> f64 {
    unsafe { time_of_day() }
}

// Reached as the others are, so that a probe which reaches nothing is noticed.
#[unsafe(no_mangle)]
pub extern "C" fn violation() {
    link![planted];
}
