//! How Canonical XML 1.1 joins the `xml:base` of ancestors that are left out (§2.4): resolving a reference (RFC 3986 §5.2)
//! where the base may be relative itself.

/// The parts of a URI reference (RFC 3986 appendix B). A base's fragment means nothing, and a reference's is left out (§2.4).
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(uri: &'a str) -> Parts<'a> {
        let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
        let (uri, query) = uri.split_once('?').map_or((uri, None), |(before, query)| (before, Some(query)));
        let (scheme, rest) = match uri.split_once(':') {
            Some((scheme, rest)) if !scheme.is_empty() && !scheme.contains('/') => (Some(scheme), rest),
            _ => (None, uri),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Parts { scheme, authority, path, query }
    }

    /// §5.3.
    fn compose(self, path: &str) -> String {
        let mut uri = String::new();
        if let Some(scheme) = self.scheme {
            uri.push_str(scheme);
            uri.push(':');
        }
        if let Some(authority) = self.authority {
            uri.push_str("//");
            uri.push_str(authority);
        }
        uri.push_str(path);
        if let Some(query) = self.query {
            uri.push('?');
            uri.push_str(query);
        }
        uri
    }
}

/// The recommendation's join-URI-References: what `reference` means where `base` was said further out.
pub(crate) fn join(base: &str, reference: &str) -> String {
    let (base, reference) = (Parts::of(base), Parts::of(reference));
    // "A trailing `..` is replaced by `../`."
    let base_path = match base.path {
        path if path == ".." || path.ends_with("/..") => format!("{path}/"),
        path => path.to_owned(),
    };
    if reference.scheme.is_some() {
        return reference.compose(&without_dots(reference.path));
    }
    if reference.authority.is_some() {
        return Parts { scheme: base.scheme, ..reference }.compose(&without_dots(reference.path));
    }
    if reference.path.is_empty() {
        return Parts { query: reference.query.or(base.query), ..base }.compose(&base_path);
    }
    let path = if reference.path.starts_with('/') {
        without_dots(reference.path)
    } else if base.authority.is_some() && base_path.is_empty() {
        without_dots(&format!("/{}", reference.path))
    } else {
        let directory = base_path.rfind('/').and_then(|slash| base_path.get(..=slash)).unwrap_or_default();
        without_dots(&format!("{directory}{}", reference.path))
    };
    Parts { query: reference.query, ..base }.compose(&path)
}

/// RFC 3986's remove_dot_segments, but that a relative path keeps the `..` it begins with, that slashes beside each other are
/// one, and that a `..` at the end gets a slash.
fn without_dots(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut is_directory = true;
    for segment in path.split('/') {
        match segment {
            // Nothing stands between two slashes, or before the first.
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if is_absolute => {}
            _ => kept.push(segment),
        }
        is_directory = matches!(segment, "" | "." | "..");
    }
    let mut out = String::from(if is_absolute { "/" } else { "" });
    out.push_str(&kept.join("/"));
    if is_directory && !kept.is_empty() {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{join, without_dots};

    /// Canonical XML 1.1, appendix A.
    #[test]
    fn the_recommendations_table() {
        for (path, expected) in [
            ("no/.././/pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("no/..//.///pseudo-netpath/seg/file.ext", "pseudo-netpath/seg/file.ext"),
            ("yes/no//..//.///pseudo-netpath/seg/file.ext", "yes/pseudo-netpath/seg/file.ext"),
            ("no/../yes", "yes"),
            ("no/../yes/", "yes/"),
            ("no/../yes/no/..", "yes/"),
            ("../../no/../..", "../../../"),
            ("no/../..", "../"),
            ("no/..", ""),
            ("no/../", ""),
            ("/a/b/c/./../../g", "/a/g"),
            ("mid/content=5/../6", "mid/6"),
            ("../../..", "../../../"),
            ("no/../../", "../"),
            ("..yes/..no/..no/..no/../../../..yes", "..yes/..yes"),
            ("..yes/..no/..no/..no/../../../..yes/", "..yes/..yes/"),
            ("../..", "../../"),
            ("../../../", "../../../"),
            (".", ""),
            ("./", ""),
            ("./.", ""),
            ("//no/..", "/"),
            ("../../no/..", "../../"),
            ("../../no/../", "../../"),
            ("yes/no/../", "yes/"),
            ("yes/no/no/../..", "yes/"),
            ("yes/no/no/no/../../..", "yes/"),
            ("yes/no/../yes/no/no/../..", "yes/yes/"),
            ("yes/no/no/no/../../../yes", "yes/yes"),
            ("yes/no/no/no/../../../yes/", "yes/yes/"),
            ("/no/../", "/"),
            ("/yes/no/../", "/yes/"),
            ("/yes/no/no/../..", "/yes/"),
            ("/yes/no/no/no/../../..", "/yes/"),
            ("../../..no/..", "../../"),
            ("../../..no/../", "../../"),
            ("..yes/..no/../", "..yes/"),
            ("..yes/..no/..no/../..", "..yes/"),
            ("..yes/...no/..no/..no/../../..", "..yes/"),
            ("..yes/..no/../..yes/..no/..no/../..", "..yes/..yes/"),
            ("/..no/../", "/"),
            ("/..yes/..no/../", "/..yes/"),
            ("/..yes/..no/..no/../..", "/..yes/"),
            ("/..yes/..no/..no/..no/../../..", "/..yes/"),
            ("/", "/"),
            ("/.", "/"),
            ("/./", "/"),
            ("/./.", "/"),
            ("/././", "/"),
            ("/..", "/"),
            ("/../..", "/"),
            ("/../../..", "/"),
            ("//..", "/"),
            ("//..//..", "/"),
            ("//..//..//..", "/"),
            ("/./..", "/"),
            ("/./.././..", "/"),
            ("/./.././.././..", "/"),
            ("..", "../"),
            ("../", "../"),
        ] {
            assert_eq!(without_dots(path), expected, "{path}");
        }
    }

    /// §2.4 and §3.8 (with its erratum).
    #[test]
    fn the_recommendations_examples() {
        for (base, reference, expected) in [
            ("abc/", "../", ""),
            ("../", "../", "../../"),
            ("..", "..", "../../"),
            ("..", "../x", "../../x"),
            ("bar/", "foo", "bar/foo"),
            ("something/else", "bar/foo", "something/bar/foo"),
        ] {
            assert_eq!(join(base, reference), expected, "{base} {reference}");
        }
    }

    /// RFC 3986 §5.4, without fragments, and with what the recommendation changed of slashes.
    #[test]
    fn references_to_an_absolute_base() {
        for (reference, expected) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("a//b", "http://a/b/c/a/b"),
        ] {
            assert_eq!(join("http://a/b/c/d;p?q#f", reference), expected, "{reference}");
        }
        assert_eq!(join("http://a", "g"), "http://a/g");
        assert_eq!(join("http://a?q", ""), "http://a?q");
        assert_eq!(join("urn:a:b", "c"), "urn:c");
        assert_eq!(join("a/b:c", "d"), "a/d", "a colon behind a slash ends no scheme");
    }
}
