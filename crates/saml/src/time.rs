//! xs:dateTime as SAML uses it (Core §1.3.3), and the one type for points in time.

use core::fmt;
use core::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. Displays as an xs:dateTime in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const DAY: i64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z: the last moment that an xs:dateTime with four digits of year can name.
const LAST: i64 = 253_402_300_799_999;
/// 0001-01-01T00:00:00Z.
const FIRST: i64 = -62_135_596_800_000;

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Timestamp {
    /// A point in time, kept within the years 1 to 9999.
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp(if millis < FIRST {
            FIRST
        } else if millis > LAST {
            LAST
        } else {
            millis
        })
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Later by a duration.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_add(millis(duration)))
    }

    /// Earlier by a duration.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_sub(millis(duration)))
    }

    /// Reads an xs:dateTime: a zone is required (`Z` or an offset up to 14 hours, `-00:00` is none), the year has four
    /// digits, 24:00:00 is midnight, a leap second is the second after. What is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Timestamp> {
        let bytes = text.as_bytes();
        let (head, tail) = bytes.split_at_checked(19)?;
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = head
        else {
            return None;
        };
        let year = number(&[y1, y2, y3, y4])?;
        let (month, day) = (number(&[m1, m2])?, number(&[d1, d2])?);
        let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
        let (fraction, zone) = split_fraction(tail)?;
        let offset = match zone {
            b"Z" => 0,
            b"-00:00" => return None,
            &[sign, h1, h2, b':', m1, m2] => {
                let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
                if minutes > 59 || hours * 60 + minutes > 14 * 60 {
                    return None;
                }
                match sign {
                    b'+' => hours * 60 + minutes,
                    b'-' => -(hours * 60 + minutes),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let midnight = hour == 24 && minute == 0 && second == 0 && fraction == 0;
        let valid = year >= 1
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && (hour <= 23 || midnight)
            && minute <= 59
            && second <= 60;
        if !valid {
            return None;
        }
        let seconds = hour * 3600 + (minute - offset) * 60 + second;
        let millis = days_from_civil(year, month, day) * DAY + seconds * 1000 + fraction;
        (FIRST..=LAST).contains(&millis).then_some(Timestamp(millis))
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// `.123Z` → (123, `Z`).
fn split_fraction(tail: &[u8]) -> Option<(i64, &[u8])> {
    let Some(tail) = tail.strip_prefix(b".") else { return Some((0, tail)) };
    let length = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = tail.split_at_checked(length)?;
    if digits.is_empty() {
        return None;
    }
    let kept = number(digits.get(..3).unwrap_or(digits))?;
    Some((kept * [1, 100, 10].get(digits.len()).copied().unwrap_or(1), zone))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar, counted in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY));
        let rest = self.0.rem_euclid(DAY);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match rest % 1000 {
            0 => f.write_str("Z"),
            millis => write!(f, ".{millis:03}Z"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn parsed(text: &str) -> Option<i64> {
        Timestamp::parse(text).map(Timestamp::as_millis)
    }

    #[test]
    fn reads_what_providers_write() {
        assert_eq!(parsed("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parsed("2026-11-23T13:04:05.678Z"), Some(1_795_439_045_678));
        assert_eq!(parsed("2026-11-23T13:04:05.6789123Z"), Some(1_795_439_045_678));
        assert_eq!(parsed("2026-11-23T13:04:05.6Z"), Some(1_795_439_045_600));
        assert_eq!(parsed("2026-11-23T13:04:05.67Z"), Some(1_795_439_045_670));
        assert_eq!(parsed("2026-11-23T15:04:05+02:00"), parsed("2026-11-23T13:04:05Z"));
        assert_eq!(parsed("2026-11-22T23:04:05-14:00"), parsed("2026-11-23T13:04:05Z"));
        assert_eq!(parsed("2026-11-22T24:00:00Z"), parsed("2026-11-23T00:00:00Z"));
        assert_eq!(parsed("2038-01-19T03:14:08Z"), Some(2_147_483_648_000));
        assert_eq!(parsed("2000-02-29T00:00:00Z"), Some(951_782_400_000));
    }

    #[test]
    fn refuses_what_is_not_one_moment() {
        for bad in [
            "",
            "2026-11-23",
            "2026-11-23T13:04:05",
            "2026-11-23T13:04:05-00:00",
            "2026-11-23T13:04:05+14:01",
            "2026-11-23T13:04:05.Z",
            "2026-11-23 13:04:05Z",
            "2026-11-23T13:04:05z",
            "12026-11-23T13:04:05Z",
            "-0001-11-23T13:04:05Z",
            "0000-11-23T13:04:05Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-23T24:00:01Z",
            "2026-11-23T25:00:00Z",
            "2026-11-23T00:60:00Z",
            "2026-11-23T00:00:61Z",
            " 2026-11-23T13:04:05Z",
            "2026-11-23T13:04:05Z ",
            "+026-11-23T13:04:05Z",
            "2026-11-23T13:04:05+2:00",
            "9999-12-31T23:59:60Z",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        for text in [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "2024-02-29T12:00:00Z",
            "9999-12-31T23:59:59.999Z",
        ] {
            assert_eq!(Timestamp::parse(text).map(|time| time.to_string()).as_deref(), Some(text));
        }
    }
}
