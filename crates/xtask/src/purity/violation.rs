#[link(wasm_import_module = "host")]
unsafe extern "C" {
    fn time_of_day() -> f64;
}

#[unsafe(no_mangle)]
pub extern "C" fn planted() -> f64 {
    unsafe { time_of_day() }
}
