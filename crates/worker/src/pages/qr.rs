//! QR codes (ISO/IEC 18004), as the path of an SVG.

use core::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// The dark modules, each row in runs, and the modules of a side. A text that is too long for a code has none.
pub fn path(text: &str) -> (String, i32) {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return (String::new(), 1) };
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or_default();
            if run > 0 {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            x += run.max(1);
        }
    }
    (path, size)
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn a_code_has_its_three_corners_and_as_many_modules_as_its_runs_say() {
        let (drawn, size) =
            path("otpauth://totp/Acme:alice@acme.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme");
        assert!(size >= 21 && (size - 21) % 4 == 0, "{size}");
        // The finder patterns: seven dark modules above, at both ends, and below on the left.
        let far = size - 7;
        for run in ["M0 0h7v1h-7z", &format!("M{far} 0h7v1h-7z"), &format!("M0 {far}h7v1h-7z")] {
            assert!(drawn.contains(run), "{run}");
        }
        assert!(drawn.chars().all(|c| c.is_ascii_digit() || "Mhvz -".contains(c)), "{drawn}");
        assert_ne!(path("a").0, path("b").0);
        assert_eq!(path(&"x".repeat(5000)), (String::new(), 1));
    }
}
