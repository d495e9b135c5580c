//! Forms and queries: application/x-www-form-urlencoded (URL Standard §5.1), strictly.

/// The largest body that a form of ours has.
pub(crate) const FORM_BYTES: usize = 16 * 1024;

/// The largest body of a change of a vault: it goes into one parameter of a statement, which has 2 MB at most.
pub(crate) const CHANGE_BYTES: usize = 1_500_000;

/// The largest body of an ACS: a message at the engine's limit, in base64, percent-encoded as browsers do it (three of the
/// 64 characters and the padding), and a RelayState. Larger ones are refused before anything of them is read.
pub(crate) const ACS_BYTES: usize = keyward_saml::limits::MESSAGE_BYTES / 2 * 3 + 64 * 1024;

/// The value of a field that may stand once; `None` where it is missing, doubled, or not UTF-8.
pub(crate) fn field(form: &str, name: &str) -> Option<String> {
    let mut values = form.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key).as_deref() == Some(name)).then_some(value)
    });
    match (values.next(), values.next()) {
        (Some(value), None) => decode(value),
        _ => None,
    }
}

fn decode(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(octets).ok()
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_decoded() {
        let form = "who=alice%40acme.test&to=%2fvault%2Factivity&empty=&x=a+b%2Bc&flag";
        assert_eq!(field(form, "who").as_deref(), Some("alice@acme.test"));
        assert_eq!(field(form, "to").as_deref(), Some("/vault/activity"));
        assert_eq!(field(form, "empty").as_deref(), Some(""));
        assert_eq!(field(form, "x").as_deref(), Some("a b+c"));
        assert_eq!(field(form, "flag").as_deref(), Some(""));
        assert_eq!(field("%77ho=1", "who").as_deref(), Some("1"));
        assert_eq!(field(form, "missing"), None);
    }

    #[test]
    fn a_doubled_or_broken_field_is_none() {
        for form in ["a=1&a=2", "a=1&%61=2", "a=%", "a=%4", "a=%zz", "a=%ff", "a=%+1"] {
            assert_eq!(field(form, "a"), None, "{form}");
        }
    }
}
