//! A host for tests: it makes key pairs and takes the Diffie–Hellman step as WebCrypto does, from randomness that is the
//! same on every run.

#![expect(clippy::expect_used, reason = "a test stops where it cannot go on")]

use keyward_testkit::Random;
use keyward_vault::{Account, Agreement, Begun, Binding, Device, Pair, PublicKey, Secret, Wrap, WrapError};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToSec1Point;

pub(crate) const TENANT: &str = "t_acme";
pub(crate) const USER: &str = "u_alice";

/// A key pair of WebCrypto's.
pub(crate) struct HostPair(SecretKey);

impl HostPair {
    pub(crate) fn new(seed: u64) -> HostPair {
        HostPair(SecretKey::from_slice(&Random::new(seed).bytes(32)).expect("a number below the order"))
    }

    pub(crate) fn public(&self) -> PublicKey {
        let point = self.0.public_key().to_sec1_point(false);
        PublicKey::from_bytes(point.as_bytes().try_into().expect("65 bytes")).expect("uncompressed")
    }

    pub(crate) fn agree(&self, with: &PublicKey) -> [u8; 32] {
        let public = p256::PublicKey::from_sec1_bytes(with.as_bytes()).expect("on the curve");
        let shared = p256::ecdh::diffie_hellman(self.0.to_nonzero_scalar(), public.as_affine());
        (*shared.raw_secret_bytes()).into()
    }

    /// Of a private key that was unwrapped.
    pub(crate) fn import(private: &Secret) -> HostPair {
        HostPair(SecretKey::from_slice(private.as_bytes()).expect("a number below the order"))
    }

    /// To be kept under a vault key.
    pub(crate) fn pair(&self) -> Pair {
        Pair { public: self.public(), private: Secret::from_bytes(self.0.to_bytes().into()) }
    }
}

pub(crate) fn begin(seed: u64) -> Begun {
    let mut random = Random::new(seed);
    Account::begin(TENANT, USER, HostPair::new(seed + 1000).pair(), &mut |bytes| random.fill(bytes))
}

pub(crate) fn device(id: &str, seed: u64) -> Device {
    Device {
        id: id.to_owned(),
        name: format!("{id}'s name"),
        encryption: HostPair::new(seed).public(),
        signing: HostPair::new(seed + 1).public(),
    }
}

/// Seals to a recipient, with an ephemeral pair of `seed`.
pub(crate) fn seal(
    secret: &Secret,
    binding: &Binding<'_>,
    to: &PublicKey,
    signer: &ed25519_dalek::SigningKey,
    seed: u64,
) -> Wrap {
    let ephemeral = HostPair::new(seed);
    let agreement = Agreement::new(ephemeral.public(), *to, ephemeral.agree(to));
    Wrap::seal(secret, binding, &agreement, signer).expect("sealed")
}

/// What a client does with a wrap.
pub(crate) fn open(
    wrap: &Wrap,
    binding: &Binding<'_>,
    by: &HostPair,
    signer: &[u8; 32],
) -> Result<Secret, WrapError> {
    let authentic = wrap.authenticate(binding, &by.public(), signer)?;
    let shared = by.agree(&authentic.ephemeral());
    authentic.open(shared)
}

/// The vault key as what wraps and locks carry.
pub(crate) fn secret(begun: &Begun) -> Secret {
    Secret::from_bytes(*begun.vault_key.as_bytes())
}
