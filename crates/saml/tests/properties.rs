//! What has to hold for every input, tried on honest ones that were mutated. `cargo xtask fuzz` searches further.

#![expect(clippy::print_stdout, reason = "how much was accepted says how much was proved")]

use keyward_testkit::properties::{self, DOORS, Door};
use keyward_testkit::{Random, Response, Signed};

#[test]
fn every_honest_input_is_accepted_at_its_door() {
    for Door { name, seeds, holds } in DOORS {
        let refused: Vec<usize> =
            (0..).zip(seeds()).filter(|(_, seed)| !holds(seed)).map(|(number, _)| number).collect();
        let last = seeds().len() - 1;
        match name {
            // Wrapped responses, which are there for their shape, come after the honest ones.
            "verify_response" => assert!(refused.iter().all(|number| *number >= properties::honest().len())),
            // Octets without a meaning.
            "decrypt" => assert_eq!(refused, [last]),
            _ => assert_eq!(refused, [0; 0], "{name}"),
        }
    }
}

#[test]
fn no_mutation_breaks_a_property() {
    for (number, Door { name, seeds, holds }) in (1..).zip(DOORS) {
        let random = &mut Random::new(number);
        let seeds = seeds();
        let rounds = if name == "decrypt" { 10 } else { 100 };
        let mut accepted = 0;
        for seed in &seeds {
            for _ in 0..rounds {
                accepted += usize::from(holds(&random.mutated(seed)));
            }
        }
        println!("{name}: {accepted} of {} mutated inputs accepted", rounds * seeds.len());
    }
}

/// Accepted, the identity is the signed one, whatever was done to the bytes around it; and it is accepted often enough
/// that this says something.
#[test]
fn nothing_outside_the_signed_node_counts() {
    let random = &mut Random::new(77);
    let xml = Response::signed(Signed::Assertion).xml();
    let (before, rest) = xml.split_once("<saml:Assertion").expect("an assertion");
    let (inside, after) = rest.split_once("</saml:Assertion>").expect("its end");
    let signed = format!("<saml:Assertion{inside}</saml:Assertion>");
    let (mut accepted, mut tried) = (0, 0);
    for _ in 0..2000 {
        let front = [&random.mutated(before.as_bytes()), signed.as_bytes(), after.as_bytes()].concat();
        let back = [before.as_bytes(), signed.as_bytes(), &random.mutated(after.as_bytes())].concat();
        tried += 2;
        accepted += usize::from(properties::verify_response(&front));
        accepted += usize::from(properties::verify_response(&back));
    }
    println!("outside the signed assertion: {accepted} of {tried} mutated responses accepted");
    assert!(accepted > 50, "only {accepted} of {tried} were accepted, which proves little");
}
