//! Encrypted assertions of every kind that is on, and what is refused around them. Hostile plaintexts are among the
//! vectors of `attacks.rs`.

use keyward_saml::{
    Encoding, Job, Policy, Refusal, Request, ResponseInput, ServiceProvider, Step, VerifiedAssertion, base64,
    limits, pure, verify_response,
};
use keyward_testkit::{
    Encryption, Key, NOW, REQUEST, Response, Signed, Signing, Style, service_provider, trust,
};

const CBC: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes192-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
];
const GCM: [&str; 3] = [
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#aes192-gcm",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
];
const MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const HASHES: [&str; 4] = [
    "http://www.w3.org/2000/09/xmldsig#sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
const MASKS: [&str; 4] = [
    "http://www.w3.org/2009/xmlenc11#mgf1sha1",
    "http://www.w3.org/2009/xmlenc11#mgf1sha256",
    "http://www.w3.org/2009/xmlenc11#mgf1sha384",
    "http://www.w3.org/2009/xmlenc11#mgf1sha512",
];

fn verify_with(xml: &str, sp: &ServiceProvider, keys: &[Key]) -> Result<VerifiedAssertion, Refusal> {
    let input = ResponseInput {
        response: xml.as_bytes(),
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust(),
        sp,
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    let keys: Vec<_> = keys.iter().map(|key| key.decryption_key()).collect();
    pure::verify_response_with(&input, &keys, &mut |bytes| bytes.fill(7))?
        .answering(Request::Answers(REQUEST))
}

fn code(xml: &str) -> String {
    match verify_with(xml, &service_provider(), &[Key::Sp]) {
        Ok(verified) => {
            assert!(verified.encrypted());
            let person = verified.name_id().map(|id| id.value.as_str());
            format!("accepted as {}", person.unwrap_or("nobody"))
        }
        Err(refusal) => refusal.code().to_owned(),
    }
}

fn encrypted(encryption: Encryption, signed: Signed) -> Response {
    Response { encryption: Some(encryption), ..Response::signed(signed) }
}

#[test]
fn every_cipher_opens_wherever_it_is_signed() {
    for cipher in CBC.iter().chain(&GCM) {
        for key_beside in [false, true] {
            for signed in [Signed::Response, Signed::Assertion, Signed::Both] {
                let encryption =
                    Encryption { cipher: (*cipher).to_owned(), key_beside, ..Encryption::default() };
                let xml = encrypted(encryption, signed).xml();
                assert_eq!(code(&xml), "accepted as alice", "{cipher} {signed:?} beside: {key_beside}");
            }
        }
    }
}

#[test]
fn every_key_transport_opens() {
    let mut of = Encryption::default();
    for hash in HASHES {
        of = Encryption { transport: MGF1P.to_owned(), oaep_digest: Some(hash.to_owned()), mgf: None, ..of };
        assert_eq!(
            code(&encrypted(of.clone(), Signed::Assertion).xml()),
            "accepted as alice",
            "mgf1p {hash}"
        );
        // The mask that this algorithm has anyway may be spelt out.
        let spelt_out = Encryption { mgf: Some(MASKS[0].to_owned()), ..of.clone() };
        assert_eq!(code(&encrypted(spelt_out, Signed::Assertion).xml()), "accepted as alice", "{hash}");
        for mask in MASKS.map(Some).into_iter().chain([None]) {
            of = Encryption { transport: OAEP.to_owned(), mgf: mask.map(str::to_owned), ..of };
            let xml = encrypted(of.clone(), Signed::Assertion).xml();
            assert_eq!(code(&xml), "accepted as alice", "{hash} {mask:?}");
        }
    }
}

#[test]
fn either_of_our_keys_opens_and_another_does_not() {
    let xml = encrypted(Encryption::default(), Signed::Assertion).xml();
    let two = ServiceProvider { decryption_keys: 2, ..service_provider() };
    assert!(
        verify_with(&xml, &two, &[Key::Other, Key::Sp]).is_ok(),
        "the new key stands first during a roll-over"
    );
    assert!(verify_with(&xml, &two, &[Key::Sp, Key::Other]).is_ok());
    let refused =
        |sp: &ServiceProvider, keys: &[Key]| verify_with(&xml, sp, keys).expect_err("no key").code();
    assert_eq!(refused(&service_provider(), &[Key::Other]), "decrypt");
    assert_eq!(refused(&service_provider(), &[]), "decrypt");
    assert_eq!(refused(&ServiceProvider { decryption_keys: 0, ..service_provider() }, &[]), "decrypt");
}

#[test]
fn what_is_off_is_refused_by_name() {
    let honest = encrypted(Encryption::default(), Signed::Assertion);
    let with = |from: &str, to: &str| {
        code(&Response { after_signing: vec![(from.to_owned(), to.to_owned())], ..honest.clone() }.xml())
    };
    for cipher in [
        "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        "http://www.w3.org/2001/04/xmlenc#aes192-cbc ",
        "http://www.w3.org/2001/04/xmlenc#",
        "",
    ] {
        assert_eq!(with(GCM[2], cipher), "encryption-algorithm", "{cipher:?}");
    }
    for transport in
        ["http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#kw-aes128", ""]
    {
        assert_eq!(with(MGF1P, transport), "encryption-algorithm", "{transport:?}");
    }
    let label = "<xenc:OAEPparams>AA==</xenc:OAEPparams></xenc:EncryptionMethod><xenc:CipherData>";
    assert_eq!(with("</xenc:EncryptionMethod><xenc:CipherData>", label), "encryption-algorithm");
    let size = "<xenc:KeySize>2048</xenc:KeySize></xenc:EncryptionMethod><xenc:CipherData>";
    assert_eq!(with("</xenc:EncryptionMethod><xenc:CipherData>", size), "accepted as alice");
}

#[test]
fn the_wrapper_has_one_shape() {
    let xml = encrypted(Encryption::default(), Signed::Assertion).xml();
    let with = |from: &str, to: &str| {
        assert!(xml.contains(from), "{from}");
        code(&xml.replace(from, to))
    };
    let value = "<xenc:CipherValue>";
    assert_eq!(
        with(value, "<xenc:CipherReference URI=\"https://evil.test/\"/><xenc:CipherValue>"),
        "message-malformed"
    );
    let reference =
        xml.split(value).fold(String::new(), |out, part| match part.split_once("</xenc:CipherValue>") {
            Some((_, rest)) => format!("{out}<xenc:CipherReference URI=\"https://evil.test/\"/>{rest}"),
            None => part.to_owned(),
        });
    assert_eq!(code(&reference), "message-malformed", "a reference is not followed");
    assert_eq!(
        with(value, "<xenc:CipherValue><!-- x -->\n"),
        "accepted as alice",
        "text around a comment is joined"
    );
    assert_eq!(with(value, "<xenc:CipherValue>!"), "message-malformed");
    assert_eq!(with("xenc:EncryptedKey", "xenc:AgreedKey"), "message-malformed", "no EncryptedKey");
    assert_eq!(with("#Element\"", "#Content\""), "message-malformed", "content is no element");
}

/// Every octet of the ciphertext, changed, is answered alike where nothing outside the ciphertext is signed.
#[test]
fn no_change_of_a_ciphertext_can_be_told_from_another() {
    for cipher in [CBC[0], CBC[1], CBC[2], GCM[0]] {
        let encryption = Encryption { cipher: cipher.to_owned(), ..Encryption::default() };
        let xml = encrypted(encryption, Signed::Assertion).xml();
        let (before, rest) = xml.rsplit_once("<xenc:CipherValue>").expect("a ciphertext");
        let (value, after) = rest.split_once("</xenc:CipherValue>").expect("its end");
        let octets = base64::decode(value.as_bytes()).expect("base64");
        let answer = |octets: &[u8]| {
            let xml =
                format!("{before}<xenc:CipherValue>{}</xenc:CipherValue>{after}", base64::encode(octets));
            verify_with(&xml, &service_provider(), &[Key::Sp])
                .map(|_| ())
                .map_err(|refusal| refusal.to_string())
        };
        assert_eq!(answer(&octets), Ok(()));
        let expected = Err(Refusal::Decrypt.to_string());
        // The padding's filling is nobody's message, so another one changes nothing (XML Encryption §5.2).
        let block = octets.len().saturating_sub(32);
        for at in (0..octets.len()).step_by(37).chain(block..octets.len()) {
            for change in [1, 0x80] {
                let mut changed = octets.clone();
                changed[at] ^= change;
                let got = answer(&changed);
                assert!(
                    got == expected || (cipher != GCM[0] && at >= block && got == Ok(())),
                    "{cipher} octet {at}: {got:?}"
                );
            }
        }
        // Among them a tag of GCM that was cut to 4 octets.
        for cut in [0, 1, 12, 15, 16, 17, 28, 31, 32, octets.len() - 16, octets.len() - 12, octets.len() - 1]
        {
            assert_eq!(answer(&octets[..cut]), expected, "{cipher} cut to {cut}");
        }
    }
}

/// Every octet of the wrapped key, changed, and every kind of wrong padding is answered as a wrong ciphertext is (Manger),
/// whether or not something outside vouches for it.
#[test]
fn no_change_of_a_wrapped_key_can_be_told_from_another() {
    let response = encrypted(Encryption::default(), Signed::Assertion);
    let xml = response.xml();
    let (before, rest) = xml.split_once("<xenc:CipherValue>").expect("a wrapped key");
    let (value, after) = rest.split_once("</xenc:CipherValue>").expect("its end");
    let octets = base64::decode(value.as_bytes()).expect("base64");
    for signed_outside in [false, true] {
        let answer = |octets: &[u8]| {
            let value = base64::encode(octets);
            let xml = format!("{before}<xenc:CipherValue>{value}</xenc:CipherValue>{after}");
            let xml = if signed_outside { response.sign(&xml, "_response") } else { xml };
            verify_with(&xml, &service_provider(), &[Key::Sp])
                .map(drop)
                .map_err(|refusal| refusal.to_string())
        };
        assert_eq!(answer(&octets), Ok(()));
        let expected = Err(Refusal::Decrypt.to_string());
        for at in (0..octets.len()).step_by(23).chain([octets.len() - 1]) {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            assert_eq!(answer(&changed), expected, "octet {at}");
        }
        let zero_first = [&[0][..], &octets[1..]].concat();
        let longer = [&octets[..], &[0]].concat();
        for changed in [&[][..], &[0; 256], &[1; 256], &[0xff; 256], &octets[1..], &zero_first, &longer] {
            assert_eq!(answer(changed), expected, "{} octets", changed.len());
        }
    }
}

/// Each step towards the answer: what was asked of the host, and of how many octets.
fn steps(xml: &str, keys: &[Key]) -> (Vec<String>, Result<(), &'static str>) {
    let input = ResponseInput {
        response: xml.as_bytes(),
        encoding: Encoding::Xml,
        now: NOW,
        idp: &trust(),
        sp: &service_provider(),
        request: Request::Answers(REQUEST),
        policy: &Policy::default(),
    };
    let keys: Vec<_> = keys.iter().map(|key| key.decryption_key()).collect();
    let mut taken = Vec::new();
    let mut step = verify_response(&input);
    loop {
        match step {
            Step::Done(result) => return (taken, result.map(drop).map_err(|refusal| refusal.code())),
            Step::Need(pending) => {
                taken.extend(pending.jobs().iter().map(|job| match job {
                    Job::Verify(job) => format!("verify {}", job.signature.len()),
                    Job::UnwrapKey(job) => format!("unwrap {}", job.ciphertext.len()),
                    Job::Open(job) => format!("open {} by {}", job.octets.len(), job.key.len()),
                }));
                let answers =
                    pending.jobs().iter().map(|job| pure::answer(job, &keys, &mut |bytes| bytes.fill(7)));
                let outcomes = answers.collect();
                step = pending.resume(outcomes);
            }
        }
    }
}

/// Whatever a ciphertext fails by, nobody learns which it was from what is done about it: the same operations follow, on as
/// many octets, and with CBC, which proves nothing by itself, the ones of a message that can be opened.
#[test]
fn every_failure_to_decrypt_takes_the_same_steps_to_the_same_answer() {
    for cipher in [CBC[0], CBC[1], GCM[0], GCM[2]] {
        let is_gcm = GCM.contains(&cipher);
        let encryption = Encryption { cipher: cipher.to_owned(), ..Encryption::default() };
        let xml = encrypted(encryption.clone(), Signed::Assertion).xml();
        let [(wrapped_at, wrapped), (content_at, content)]: [(usize, Vec<u8>); 2] = {
            let values = xml.match_indices("<xenc:CipherValue>").map(|(at, tag)| {
                let from = at + tag.len();
                let to = from + xml[from..].find('<').expect("its end");
                (from, base64::decode(&xml.as_bytes()[from..to]).expect("base64"))
            });
            values.collect::<Vec<_>>().try_into().expect("a key and a content")
        };
        let with = |at: usize, octets: &[u8]| {
            let to = at + xml[at..].find('<').expect("its end");
            format!("{}{}{}", &xml[..at], base64::encode(octets), &xml[to..])
        };
        let flipped = |octets: &[u8], at: usize| {
            let mut octets = octets.to_vec();
            octets[at] ^= 0x81;
            octets
        };
        // A key of ours that is right in itself, and not the one of this content, or none of this length.
        let other_key = |seed, cipher: &str| {
            let other = Encryption { seed, cipher: cipher.to_owned(), ..Encryption::default() }.encrypt("x");
            let from = other.find("<xenc:CipherValue>").expect("a key") + "<xenc:CipherValue>".len();
            let to = from + other[from..].find('<').expect("its end");
            base64::decode(&other.as_bytes()[from..to]).expect("base64")
        };
        let shorter = if cipher == CBC[0] || cipher == GCM[0] { GCM[2] } else { GCM[0] };
        let last = content.len() - 1;
        let unreadable = |plaintext: &str| Response::default().around(&encryption.encrypt(plaintext));
        let length = content.len() - if is_gcm { 28 } else { 32 };
        let failures = [
            ("a wrapped key with one bit off", with(wrapped_at, &flipped(&wrapped, 100))),
            ("a wrapped key of zeros", with(wrapped_at, &vec![0; wrapped.len()])),
            ("another content key", with(wrapped_at, &other_key(2, cipher))),
            ("a content key of another length", with(wrapped_at, &other_key(2, shorter))),
            ("the tag, or the padding, changed", with(content_at, &flipped(&content, last))),
            ("the block before the padding changed", with(content_at, &flipped(&content, last - 16))),
            ("the IV changed", with(content_at, &flipped(&content, 0))),
            ("the middle changed", with(content_at, &flipped(&content, last / 2))),
            (
                "another recipient",
                encrypted(Encryption { recipient: Key::Other, ..encryption.clone() }, Signed::Assertion)
                    .xml(),
            ),
            // What anybody can encrypt to us. Under GCM that is the IdP's plaintext or nobody's, and its fault may be told.
            ("no XML", unreadable(&"x".repeat(length))),
            ("no signature", unreadable(&format!("<saml:Assertion{:length$}/>", "", length = length - 17))),
        ];
        let opened = if is_gcm {
            vec![format!("open {} by {}", content.len(), if cipher == GCM[0] { 16 } else { 32 })]
        } else {
            vec!["verify 256".to_owned()]
        };
        let expected = [vec!["unwrap 256".to_owned()], opened].concat();
        for (what, failure) in failures {
            let (taken, answer) = steps(&failure, &[Key::Sp]);
            if is_gcm && matches!(what, "no XML" | "no signature") {
                assert_ne!(answer, Ok(()), "{cipher}: {what}");
                continue;
            }
            assert_eq!((taken, answer), (expected.clone(), Err("decrypt")), "{cipher}: {what}");
        }
        let (taken, answer) = steps(&xml, &[Key::Sp]);
        let whole = if is_gcm { [expected, vec!["verify 256".to_owned()]].concat() } else { expected };
        assert_eq!((taken, answer), (whole, Ok(())), "{cipher}: what is right");
    }
}

/// What the IdP signed inside is judged by its own code again: nobody can come there without the IdP.
#[test]
fn once_the_plaintext_is_verified_its_faults_are_told() {
    for cipher in [CBC[2], GCM[2]] {
        let encryption = Encryption { cipher: cipher.to_owned(), ..Encryption::default() };
        let response = Response {
            audience: "https://other.test".to_owned(),
            ..encrypted(encryption, Signed::Assertion)
        };
        assert_eq!(code(&response.xml()), "audience", "{cipher}");
    }
}

#[test]
fn keys_and_wrappers_beyond_the_limit_are_not_tried() {
    let xml = encrypted(Encryption::default(), Signed::Assertion).xml();
    let start = xml.find("<xenc:EncryptedKey").expect("a key");
    let end = xml.find("</xenc:EncryptedKey>").expect("its end") + "</xenc:EncryptedKey>".len();
    let wrong = Encryption { recipient: Key::Other, ..Encryption::default() }.encrypt("x");
    let wrong_start = wrong.find("<xenc:EncryptedKey").expect("a key");
    let wrong_end = wrong.find("</xenc:EncryptedKey>").expect("its end") + "</xenc:EncryptedKey>".len();
    let with = |others: usize| {
        let others = wrong[wrong_start..wrong_end].repeat(others);
        code(&format!("{}{others}{}{}", &xml[..start], &xml[start..end], &xml[end..]))
    };
    let limit = limits::UNWRAP_JOBS;
    assert_eq!(with(limit - 1), "accepted as alice");
    assert_eq!(with(limit), "decrypt");
}

/// pysaml2 serializes an EncryptedData alone and puts it into a message, both with prefixes that count from `ns0`.
#[test]
fn an_encrypted_data_may_bind_prefixes_anew_and_nothing_else_may() {
    let style = Style { declare_once: true, ..Style::default() };
    let inside = Response { style, ..Response::signed(Signed::Assertion) };
    let data = Encryption::default().encrypt(&inside.assertion_xml());
    let rebound = data
        .replace("<xenc:", "<samlp:")
        .replace("</xenc:", "</samlp:")
        .replace("xmlns:xenc=", "xmlns:samlp=")
        .replace("<ds:", "<saml:")
        .replace("</ds:", "</saml:")
        .replace("xmlns:ds=", "xmlns:saml=");
    let response = inside.around(&rebound);
    assert_eq!(code(&response), "accepted as alice");
    // Its canonical form, in which `saml` is bound anew no earlier than at KeyInfo, is read again.
    assert_eq!(code(&inside.sign(&response, "_response")), "accepted as alice");

    for (from, to) in [
        ("<samlp:Status>", "<samlp:Status xmlns:saml=\"urn:other\">"),
        ("<samlp:Status>", "<samlp:Status xmlns:samlp=\"http://www.w3.org/2001/04/xmlenc#\">"),
        ("<saml:EncryptedAssertion ", "<saml:EncryptedAssertion xmlns:samlp=\"urn:other\" "),
        ("</saml:EncryptedAssertion>", "<saml:x xmlns:saml=\"urn:other\"/></saml:EncryptedAssertion>"),
    ] {
        let changed = response.replacen(from, to, 1);
        assert_ne!(changed, response);
        let expected = if to.contains("xmlenc") { "message-malformed" } else { "xml-namespace" };
        assert_eq!(code(&changed), expected, "{to}");
    }
}

/// libxmlsec encrypts an element as it stands: prefixes that are declared further out are not in the plaintext.
#[test]
fn a_plaintext_may_use_the_prefixes_of_where_it_stood() {
    let xmlns = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let style = Style { declare_once: true, ..Style::default() };
    let typed =
        vec![("<saml:AttributeValue>".to_owned(), "<saml:AttributeValue xsi:type=\"xs:string\">".to_owned())];
    let cut = |xml: &str| {
        let start = xml.find("<saml:Assertion").expect("an assertion");
        let end = xml.find("</saml:Assertion>").expect("its end") + "</saml:Assertion>".len();
        (xml[..start].to_owned(), xml[start..end].to_owned(), xml[end..].to_owned())
    };
    for with_types in [false, true] {
        let declared = if with_types {
            " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
        } else {
            ""
        };
        let root = ("<samlp:Response ".to_owned(), format!("<samlp:Response{declared} "));
        let before_signing = if with_types { [vec![root], typed.clone()].concat() } else { Vec::new() };
        let plain = Response { style: style.clone(), before_signing, ..Response::signed(Signed::Assertion) };
        for signed in [Signed::Assertion, Signed::Nothing] {
            let xml = Response { signed, ..plain.clone() }.xml();
            let (before, assertion, after) = cut(&xml);
            assert!(!assertion.contains(xmlns), "declared at the Response alone");
            let message = format!("{before}{}{after}", Encryption::default().encrypt(&assertion));
            // Signed around it: its canonical form keeps no declaration that nothing outside the ciphertext uses.
            assert_eq!(
                code(&plain.sign(&message, "_response")),
                "accepted as alice",
                "{with_types} {signed:?}"
            );
            let alone = if signed == Signed::Assertion { "accepted as alice" } else { "encrypted-unsigned" };
            assert_eq!(code(&message), alone, "{with_types} {signed:?}");
        }
    }
    // Inclusive canonicalization has all that was declared where it was signed, and nothing else.
    for method in ["http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11"]
    {
        let signing = Signing { transform: Some(method.to_owned()), ..Signing::default() };
        let xml = Response { style: style.clone(), signing, ..Response::signed(Signed::Assertion) }.xml();
        let (before, assertion, after) = cut(&xml);
        let message = format!("{before}{}{after}", Encryption::default().encrypt(&assertion));
        assert_eq!(code(&message), "accepted as alice", "{method}");
        let more = message.replacen("<samlp:Response ", "<samlp:Response xmlns:evil=\"urn:evil\" ", 1);
        assert_eq!(code(&more), "digest-mismatch", "{method}");
    }
    // A prefix that nobody declares is still none, and nothing comes into a document that is whole by itself.
    let stray = Encryption::default().encrypt(&format!("<saml:Assertion{xmlns} nobody:x=\"\"/>"));
    assert_eq!(code(&Response::default().around(&stray)), "xml-namespace");
    let rebound = Response::signed(Signed::Assertion).assertion_xml();
    let message = Response::default().around(&Encryption::default().encrypt(&rebound));
    let elsewhere = message.replacen("<samlp:Response ", "<samlp:Response xmlns:xs=\"urn:evil\" ", 1);
    assert_eq!(code(&elsewhere), "accepted as alice");
}

/// What a prefix meant is part of what was signed inside: another meaning is another document.
#[test]
fn whoever_moves_a_plaintext_cannot_change_what_its_prefixes_mean() {
    let style = Style { declare_once: true, ..Style::default() };
    let xml = Response { style, ..Response::signed(Signed::Assertion) }.xml();
    let start = xml.find("<saml:Assertion").expect("an assertion");
    let end = xml.find("</saml:Assertion>").expect("its end") + "</saml:Assertion>".len();
    let plaintext = xml[start..end].replace("<saml:AttributeStatement>", "<evil:AttributeStatement>");
    let plaintext = plaintext.replace("</saml:AttributeStatement>", "</evil:AttributeStatement>");
    let message = format!("{}{}{}", &xml[..start], Encryption::default().encrypt(&plaintext), &xml[end..]);
    let message = message.replacen(
        "<samlp:Response ",
        "<samlp:Response xmlns:evil=\"urn:oasis:names:tc:SAML:2.0:assertion\" ",
        1,
    );
    assert_eq!(code(&message), "digest-mismatch");
}

fn encrypted_as(wrapper: &str, plaintext: &str) -> String {
    Encryption::default().encrypt(plaintext).replace("saml:EncryptedAssertion", &format!("saml:{wrapper}"))
}

#[test]
fn a_name_and_attributes_are_opened_once_the_assertion_is_verified() {
    const NS: &str = " xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
    let name = "<saml:NameID>alice</saml:NameID>";
    let attribute = "<saml:Attribute Name=\"Email\"><saml:AttributeValue>alice@acme.test</saml:AttributeValue></saml:Attribute>";
    let with = |from: &str, to: String| Response {
        before_signing: vec![(from.to_owned(), to)],
        ..Response::signed(Signed::Assertion)
    };
    let read = |response: &Response| {
        let verified = verify_with(&response.xml(), &service_provider(), &[Key::Sp])?;
        let values = verified.attributes().iter().flat_map(|it| it.values.clone()).collect::<Vec<_>>();
        Ok::<_, Refusal>((verified.name_id().map(|id| id.value.clone()), values, verified.encrypted()))
    };
    let expected = (Some("alice".to_owned()), vec!["alice@acme.test".to_owned()], false);
    // As documents of their own, and as they stood.
    for xmlns in [NS, ""] {
        let name_alone = name.replacen("<saml:NameID", &format!("<saml:NameID{xmlns}"), 1);
        let attribute_alone = attribute.replacen("<saml:Attribute", &format!("<saml:Attribute{xmlns}"), 1);
        let named = with(name, encrypted_as("EncryptedID", &name_alone));
        assert_eq!(read(&named).expect("accepted"), expected);
        let told = with(attribute, encrypted_as("EncryptedAttribute", &attribute_alone));
        assert_eq!(read(&told).expect("accepted"), expected);
        // Both inside an assertion that is encrypted itself.
        let both = Response {
            encryption: Some(Encryption::default()),
            before_signing: [named.before_signing.clone(), told.before_signing.clone()].concat(),
            ..named.clone()
        };
        assert_eq!(read(&both).expect("accepted"), (expected.0.clone(), expected.1.clone(), true));
    }
    let refused = |response: &Response| read(response).expect_err("refused").code();
    let closed = encrypted_as("EncryptedID", &name.replacen("<saml:NameID", &format!("<saml:NameID{NS}"), 1));
    assert_eq!(refused(&with(name, format!("{name}{closed}"))), "name-id", "two names");
    for plaintext in ["<saml:NameID", "", "alice", attribute, "<x xmlns=\"urn:x\">alice</x>"] {
        assert_eq!(refused(&with(name, encrypted_as("EncryptedID", plaintext))), "decrypt", "{plaintext}");
    }
    for plaintext in ["<saml:Attribute", "", "alice@acme.test"] {
        assert_eq!(refused(&with(attribute, encrypted_as("EncryptedAttribute", plaintext))), "decrypt");
    }
    let name_as_attribute = encrypted_as("EncryptedAttribute", name);
    assert_eq!(refused(&with(attribute, name_as_attribute)), "message-malformed");
    let nested = encrypted_as("EncryptedID", &closed);
    assert_eq!(refused(&with(name, nested)), "decrypt", "a ciphertext in a ciphertext");
}

/// As the values that say on whose behalf somebody acts are in the Dutch eID: they are for whoever has the key.
#[test]
fn the_value_of_an_attribute_may_be_an_encrypted_name() {
    const ATTRIBUTE: &str = "<saml:Attribute Name=\"Email\"><saml:AttributeValue>alice@acme.test</saml:AttributeValue></saml:Attribute>";
    let for_us = encrypted_as("EncryptedID", "<saml:NameID>bob</saml:NameID>");
    let for_others = {
        let encryption = Encryption { recipient: Key::Other, ..Encryption::default() };
        let closed = encryption.encrypt("<saml:NameID>eve</saml:NameID>");
        closed.replace("saml:EncryptedAssertion", "saml:EncryptedID")
    };
    let read = |values: &[&str], keys: &[Key]| {
        let values: String = values
            .iter()
            .map(|value| format!("<saml:AttributeValue>{value}</saml:AttributeValue>"))
            .collect();
        let response = Response {
            before_signing: vec![(
                ATTRIBUTE.into(),
                format!("<saml:Attribute Name=\"Email\">{values}</saml:Attribute>"),
            )],
            ..Response::signed(Signed::Assertion)
        };
        let sp = ServiceProvider { decryption_keys: keys.len(), ..service_provider() };
        let verified = verify_with(&response.xml(), &sp, keys).expect("accepted");
        let values: Vec<String> = verified.attributes().iter().flat_map(|it| it.values.clone()).collect();
        (values.join(" "), verified.has_closed_values())
    };
    let with_key = |values: &[&str]| read(values, &[Key::Sp]);
    assert_eq!(with_key(&["carol"]), ("carol".to_owned(), false));
    assert_eq!(with_key(&["carol", &for_us, "dave"]), ("carol bob dave".to_owned(), false));
    assert_eq!(with_key(&[&format!("\n  {for_us}\n")]), ("bob".to_owned(), false));
    assert_eq!(with_key(&["carol", &for_others, &for_us]), ("carol bob".to_owned(), true));
    assert_eq!(read(&["carol", &for_us], &[]), ("carol".to_owned(), true), "no key at all");
    // What is no name, what stands elsewhere, what is too much: nowhere is a ciphertext taken for a text.
    let bare = for_us.replace("<saml:EncryptedID", "<x").replace("</saml:EncryptedID>", "</x>");
    for other in [
        &bare,
        &format!("<x>{for_us}</x>"),
        &encrypted_as("EncryptedID", "bob"),
        &encrypted_as("EncryptedID", &for_us),
    ] {
        assert_eq!(with_key(&["carol", other]), ("carol".to_owned(), true), "{other}");
    }
    let keyless = ServiceProvider { decryption_keys: 0, ..service_provider() };
    let named = Response {
        before_signing: vec![("<saml:NameID>alice</saml:NameID>".into(), for_us.clone())],
        ..Response::signed(Signed::Assertion)
    };
    for message in [named, encrypted(Encryption::default(), Signed::Assertion)] {
        let refusal = verify_with(&message.xml(), &keyless, &[]).expect_err("refused");
        assert_eq!((refusal.code(), refusal), ("decrypt", Refusal::NoDecryptionKey));
    }
    let many = vec![for_us.as_str(); limits::UNWRAP_JOBS + 1];
    assert_eq!(with_key(&many), (["bob"; limits::UNWRAP_JOBS].join(" "), true));
}

#[test]
fn a_key_for_somebody_else_may_be_wrapped_in_what_is_off() {
    let honest = encrypted(Encryption::default(), Signed::Assertion).xml();
    let start = honest.find("<xenc:EncryptedKey").expect("a key");
    let end = honest.find("</xenc:EncryptedKey>").expect("its end") + "</xenc:EncryptedKey>".len();
    let key = &honest[start..end];
    let off = key.replace(MGF1P, "http://www.w3.org/2001/04/xmlenc#rsa-1_5");
    for keys in [format!("{key}{off}"), format!("{off}{key}")] {
        assert_eq!(code(&honest.replacen(key, &keys, 1)), "accepted as alice");
    }
    assert_eq!(code(&honest.replacen(key, &format!("{off}{off}"), 1)), "encryption-algorithm");
    assert_eq!(code(&honest.replacen(key, "", 1)), "message-malformed");
}
