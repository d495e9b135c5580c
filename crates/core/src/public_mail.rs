//! Domains at which anybody can have an address, or below which anybody can have a name: nobody's to reserve, whoever could put a
//! record there.

use crate::address::Domain;

/// Exact names, sorted.
const NAMES: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bluewin.ch",
    "bt.com",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "daum.net",
    "docomo.ne.jp",
    "duck.com",
    "earthlink.net",
    "email.com",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hotmail.be",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.nl",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "inbox.lv",
    "interia.pl",
    "juno.com",
    "kakao.com",
    "laposte.net",
    "libero.it",
    "list.ru",
    "live.be",
    "live.ca",
    "live.co.uk",
    "live.com",
    "live.com.au",
    "live.de",
    "live.dk",
    "live.fr",
    "live.it",
    "live.nl",
    "live.no",
    "live.se",
    "mac.com",
    "mail.com",
    "mail.de",
    "mail.ru",
    "mailbox.org",
    "me.com",
    "msn.com",
    "naver.com",
    "netzero.net",
    "ntlworld.com",
    "o2.pl",
    "onet.pl",
    "online.de",
    "orange.fr",
    "outlook.at",
    "outlook.be",
    "outlook.co.jp",
    "outlook.com",
    "outlook.com.au",
    "outlook.com.br",
    "outlook.de",
    "outlook.dk",
    "outlook.es",
    "outlook.fr",
    "outlook.ie",
    "outlook.in",
    "outlook.it",
    "outlook.jp",
    "outlook.kr",
    "outlook.pt",
    "outlook.sa",
    "passport.com",
    "pm.me",
    "posteo.de",
    "posteo.net",
    "proton.me",
    "protonmail.ch",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "riseup.net",
    "rocketmail.com",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "shaw.ca",
    "sina.com",
    "sky.com",
    "sohu.com",
    "t-online.de",
    "talktalk.net",
    "terra.com.br",
    "tiscali.it",
    "tuta.com",
    "tuta.io",
    "tutanota.com",
    "tutanota.de",
    "ukr.net",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "windowslive.com",
    "wp.pl",
    "xtra.co.nz",
    "ya.ru",
    "yahoo.ca",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.au",
    "yahoo.com.br",
    "yahoo.com.mx",
    "yahoo.de",
    "yahoo.es",
    "yahoo.fr",
    "yahoo.in",
    "yahoo.it",
    "yandex.com",
    "yandex.kz",
    "yandex.ru",
    "yandex.ua",
    "yeah.net",
    "ymail.com",
    "zoho.com",
    "zohomail.com",
];

/// Whether it is one of them, or below one.
pub(crate) fn is_public_mail(domain: &Domain) -> bool {
    let mut rest = domain.as_str();
    loop {
        if NAMES.binary_search(&rest).is_ok() {
            return true;
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => return false,
        }
    }
}

/// Whether anybody can have a name right below it, by the Public Suffix List: `co.uk`, and what hosts give out, such as `github.io`.
pub(crate) fn is_public_suffix(domain: &Domain) -> bool {
    let name = domain.as_str().as_bytes();
    psl::suffix(name).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, is_public_mail, is_public_suffix};
    use crate::address::Domain;

    #[test]
    fn the_list_is_sorted_and_each_name_is_a_domain_as_we_write_it() {
        assert!(NAMES.is_sorted());
        for name in NAMES {
            assert_eq!(Domain::parse(name).map(|domain| domain.as_str().to_owned()).as_deref(), Some(*name));
        }
    }

    #[test]
    fn a_name_and_all_below_it_are_public_and_what_only_looks_like_it_is_not() {
        let public = |text: &str| is_public_mail(&Domain::parse(text).expect("domain"));
        assert!(
            public("gmail.com") && public("GMAIL.com") && public("a.b.gmail.com") && public("zohomail.com")
        );
        assert!(
            !public("notgmail.com")
                && !public("gmail.com.test")
                && !public("acme.test")
                && !public("com.test")
        );
    }

    #[test]
    fn a_suffix_is_public_and_what_is_below_it_is_not() {
        let public = |text: &str| is_public_suffix(&Domain::parse(text).expect("domain"));
        assert!(public("co.uk") && public("CO.UK") && public("github.io") && public("公司.cn"));
        assert!(
            !public("acme.co.uk") && !public("acme.github.io") && !public("acme.com") && !public("acme.test")
        );
        // Of those that stand for all below them, and of those that are taken out again.
        assert!(public("anything.ck") && !public("www.ck"));
    }
}
