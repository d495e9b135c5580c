//! What an organisation shows of itself where its people sign in: one colour that can be read, and a logo that is made anew from
//! its pixels.

use core::fmt;
use std::io::Cursor;

use keyward_saml::crypto::algorithm::Digest;

/// What WCAG asks of text that is not large.
const CONTRAST: f64 = 4.5;
/// The darkest ground of our light pages, the lightest of our dark ones, and what is written on the colour itself in each.
const LIGHT: [u8; 3] = [0xf0, 0xf4, 0xf5];
const DARK: [u8; 3] = [0x1b, 0x22, 0x25];
const ON_LIGHT: [u8; 3] = [0xff, 0xff, 0xff];
const ON_DARK: [u8; 3] = [0x05, 0x16, 0x1a];
/// How much of the colour is in the ground that it is written on, where something is marked by it.
const TINT: f64 = 0.14;

/// A colour that stands for an organisation: of links, of the button that leads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent([u8; 3]);

impl Accent {
    /// Six hexadecimal digits, with or without a `#` before them.
    pub fn parse(text: &str) -> Option<Accent> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Accent([red, green, blue]))
    }

    /// Its six digits, in lower case.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("{red:02x}{green:02x}{blue:02x}")
    }

    /// Whether it can be read on light pages, and white on it.
    pub fn is_legible(self) -> bool {
        contrast(self.0, mixed(LIGHT, self.0, TINT)) >= CONTRAST && contrast(self.0, ON_LIGHT) >= CONTRAST
    }

    /// The same for dark pages: lighter, as far as it takes.
    fn on_dark(self) -> Accent {
        let lighter = (0..=100).map(|part| mixed(self.0, [0xff; 3], f64::from(part) / 100.0)).find(|it| {
            contrast(*it, mixed(DARK, *it, TINT)) >= CONTRAST && contrast(*it, ON_DARK) >= CONTRAST
        });
        Accent(lighter.unwrap_or([0xff; 3]))
    }

    /// The style sheet that gives it to our pages; `None`: it cannot be read.
    pub fn stylesheet(self) -> Option<String> {
        let (light, dark) = (self.hex(), self.on_dark().hex());
        self.is_legible().then(|| format!(":root{{--accent:light-dark(#{light},#{dark})}}\n"))
    }
}

/// `part` of the other in the one, as the pages mix them.
fn mixed(one: [u8; 3], other: [u8; 3], part: f64) -> [u8; 3] {
    let mix = |one: u8, other: u8| f64::from(one) + (f64::from(other) - f64::from(one)) * part;
    let [a, b, c] = one;
    let [x, y, z] = other;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two octets")]
    [mix(a, x), mix(b, y), mix(c, z)].map(|value| value.round() as u8)
}

/// The contrast of two colours (WCAG 2.2), from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// What an organisation shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// Its colour; `None`: ours.
    pub accent: Option<Accent>,
    /// The hash of its logo; `None`: none.
    pub logo: Option<String>,
}

/// The largest file that is read.
pub const LOGO_FILE: usize = 256 * 1024;
/// The largest that is kept.
pub const LOGO_OCTETS: usize = 64 * 1024;
/// How wide and how high one may be.
const SIDE: u32 = 512;
/// What reading one may take: its pixels several times over.
const MEMORY: usize = 8 * 1024 * 1024;

/// A logo: our own PNG of the pixels of somebody's, with nothing else of theirs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// The file.
    pub png: Vec<u8>,
    /// The lower-case hex of its SHA-256: what it is asked for by.
    pub hash: String,
}

/// Why a logo is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoRefusal {
    /// It is no PNG, or a broken one.
    NotPng,
    /// It is too wide, or too high.
    Side {
        /// How wide it is.
        width: u32,
        /// How high.
        height: u32,
    },
    /// It has more octets than are read, or than are kept.
    Weight {
        /// How many are allowed there.
        most: usize,
    },
}

impl LogoRefusal {
    /// Stable, kebab-case.
    pub fn code(self) -> &'static str {
        match self {
            LogoRefusal::NotPng => "logo-not-png",
            LogoRefusal::Side { .. } => "logo-too-wide",
            LogoRefusal::Weight { .. } => "logo-too-heavy",
        }
    }
}

impl fmt::Display for LogoRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogoRefusal::NotPng => f.write_str("The logo is no PNG that can be read."),
            LogoRefusal::Side { width, height } => {
                write!(f, "The logo is {width} × {height} pixels; {SIDE} × {SIDE} is the most.")
            }
            LogoRefusal::Weight { most } => {
                write!(f, "The logo is too heavy: {} KB is the most.", most / 1024)
            }
        }
    }
}

/// Reads a PNG, and writes its first picture anew: eight bits a channel, with transparency, and no other chunk.
///
/// # Errors
/// Where it is none, is broken, or is too large.
pub fn logo(file: &[u8]) -> Result<Logo, LogoRefusal> {
    if file.len() > LOGO_FILE {
        return Err(LogoRefusal::Weight { most: LOGO_FILE });
    }
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes: MEMORY });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(|_| LogoRefusal::NotPng)?;
    let (width, height) = (reader.info().width, reader.info().height);
    if width > SIDE || height > SIDE {
        return Err(LogoRefusal::Side { width, height });
    }
    let size = reader.output_buffer_size().ok_or(LogoRefusal::NotPng)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|_| LogoRefusal::NotPng)?;
    pixels.truncate(frame.buffer_size());
    let png = written(width, height, frame.color_type, &pixels).map_err(|_| LogoRefusal::NotPng)?;
    if png.len() > LOGO_OCTETS {
        return Err(LogoRefusal::Weight { most: LOGO_OCTETS });
    }
    let hash = Digest::Sha256.hash(&png).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Logo { png, hash })
}

fn written(
    width: u32,
    height: u32,
    colours: png::ColorType,
    pixels: &[u8],
) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colours);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use keyward_saml::crypto::algorithm::Digest;

    use super::{Accent, LOGO_FILE, LOGO_OCTETS, LogoRefusal, contrast, logo, written};

    #[test]
    fn a_colour_is_six_digits() {
        for (text, hex) in
            [("#0F766E", Some("0f766e")), ("0f766e", Some("0f766e")), ("000000", Some("000000"))]
        {
            assert_eq!(Accent::parse(text).map(Accent::hex).as_deref(), hex, "{text}");
        }
        for text in ["", "#", "#fff", "0f766", "0f766e0", "##f766e", "+f766e", "red", "0f766e;}", "０f766e"]
        {
            assert_eq!(Accent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn contrast_is_what_wcag_computes() {
        for (one, other, wanted) in [
            ([0, 0, 0], [255, 255, 255], 21.0),
            ([255, 255, 255], [255, 255, 255], 1.0),
            ([0x77, 0x77, 0x77], [255, 255, 255], 4.478),
            ([0xff, 0, 0], [255, 255, 255], 3.998),
        ] {
            let (found, other_way) = (contrast(one, other), contrast(other, one));
            assert!((found - wanted).abs() < 0.001 && (found - other_way).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_from_what_can_and_every_colour_has_a_dark_side() {
        for (text, legible) in [
            ("000000", true),
            ("0f5257", true),
            ("1d4ed8", true),
            ("9f1239", true),
            ("ff0000", false),
            ("ffcc00", false),
            ("ffffff", false),
            ("777777", false),
        ] {
            let accent = Accent::parse(text).expect("a colour");
            assert_eq!(accent.is_legible(), legible, "{text}");
            assert_eq!(accent.stylesheet().is_some(), legible, "{text}");
        }
        for step in 0..=0xff_u32 {
            let accent =
                Accent::parse(&format!("{:06x}", (step * 0x01_01_03) & 0xff_ff_ff)).expect("a colour");
            let dark = accent.on_dark().0;
            assert!(
                contrast(dark, super::DARK) >= 4.5 && contrast(dark, super::ON_DARK) >= 4.5,
                "{accent:?}"
            );
        }
        let sheet = Accent::parse("1d4ed8").and_then(Accent::stylesheet).expect("legible");
        assert!(sheet.starts_with(":root{--accent:light-dark(#1d4ed8,#"), "{sheet}");
    }

    fn png(width: u32, height: u32, pixel: impl Fn(usize) -> u8) -> Vec<u8> {
        let pixels: Vec<u8> = (0..(width * height * 4) as usize).map(pixel).collect();
        written(width, height, png::ColorType::Rgba, &pixels).expect("writes")
    }

    #[test]
    fn a_logo_is_written_anew_and_once_more_is_the_same() {
        let plain = png(64, 32, |at| at.to_le_bytes()[0]);
        let first = logo(&plain).expect("taken");
        assert_eq!(logo(&first.png).expect("taken"), first);
        // What else was in the file is not in ours.
        let mut told = plain.clone();
        let end = told.len() - 12;
        let mut text = b"\x00\x00\x00\x0btEXtComment\x00abc".to_vec();
        let crc = crc(&text[4..]);
        text.extend(crc.to_be_bytes());
        told.splice(end..end, text);
        told.extend(b"<script>after the end</script>");
        assert_eq!(logo(&told).expect("taken"), first);
    }

    fn crc(octets: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for octet in octets {
            crc ^= u32::from(*octet);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn what_is_no_logo_is_refused() {
        let plain = png(16, 16, |_| 7);
        let mut broken = plain.clone();
        broken[40] ^= 1;
        let mut cut = plain.clone();
        cut.truncate(50);
        for file in [&b""[..], b"\x89PNG\r\n\x1a\n", b"GIF89a", b"<svg/>", &broken, &cut] {
            assert_eq!(logo(file), Err(LogoRefusal::NotPng));
        }
        for (width, height) in [(513, 1), (1, 513)] {
            assert_eq!(logo(&png(width, height, |_| 0)), Err(LogoRefusal::Side { width, height }));
        }
        assert!(logo(&png(512, 512, |_| 0)).is_ok());
        assert!(logo(&png(1, 1, |_| 0)).is_ok());
        // Says that it is a hundred thousand pixels wide.
        let mut large = plain.clone();
        large[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        let crc = crc(&large[12..29]);
        large[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(matches!(logo(&large), Err(LogoRefusal::Side { .. } | LogoRefusal::NotPng)));
        let noise = png(200, 200, |at| Digest::Sha256.hash(&at.to_le_bytes())[0]);
        assert_eq!(logo(&noise), Err(LogoRefusal::Weight { most: LOGO_OCTETS }));
        assert_eq!(logo(&vec![0; LOGO_FILE + 1]), Err(LogoRefusal::Weight { most: LOGO_FILE }));
    }
}
