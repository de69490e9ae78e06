//! Signing: the shop's own key (Ed25519), with which receipts and the ledger's roots are signed so that anybody can check
//! them without the shop. Owner of the table `signing_keys`. What is signed, its noun decides.
//!
//! The key is made with the first start and lies in the database, so that all nodes sign with the same one. It can be
//! replaced; public keys are never forgotten.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::params;

/// A signature and the key that it can be checked with, both in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Signature {
    pub public_key: String,
    pub signature: String,
}

/// A public key of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// 64 hexadecimal digits.
    pub public_key: String,
    /// Since when it signs.
    pub created_us: i64,
    /// Since when it does not sign any more; what it signed stays valid.
    pub retired_us: Option<i64>,
}

/// The shop's keys. Cheap to clone.
#[derive(Clone)]
pub struct Signing {
    db: Db,
    clock: Clock,
}

impl Signing {
    /// Opens the keys; the first one is made when there is none.
    pub async fn open(db: Db, clock: Clock) -> Result<Signing, DbError> {
        let signing = Signing { db, clock };
        if signing.db.read(in_force).await?.is_none() {
            let fresh = Fresh::new(&signing.clock)?;
            signing.db.write(move |tx| insert(tx, &fresh)).await?;
        }
        Ok(signing)
    }

    /// Every key that ever signed, the newest first.
    pub async fn public_keys(&self) -> Result<Vec<PublicKey>, DbError> {
        self.db
            .read(|tx| {
                let rows = tx.rows(
                    "SELECT public_key, created_us, retired_us FROM signing_keys
                     ORDER BY created_us DESC, public_key",
                    &[],
                )?;
                rows.iter()
                    .map(|r| Ok(PublicKey { public_key: r.get(0)?, created_us: r.get(1)?, retired_us: r.get(2)? }))
                    .collect()
            })
            .await
    }

    /// Takes a new key into use and forgets the secret of the old one. Returns the new public key.
    pub async fn replace(&self) -> Result<String, DbError> {
        let fresh = Fresh::new(&self.clock)?;
        let public_key = fresh.public_key.clone();
        self.db
            .write::<_, DbError>(move |tx| {
                tx.execute(
                    "UPDATE signing_keys SET secret = NULL, in_force = NULL, retired_us = $1 WHERE in_force = 1",
                    params![fresh.created_us],
                )?;
                insert(tx, &fresh)
            })
            .await?;
        Ok(public_key)
    }
}

/// Signs `message` with the key in force. `purpose` is part of what is signed: a signature under a receipt is none under
/// anything else.
pub(crate) fn sign(tx: &mut Tx, purpose: &str, message: &[u8]) -> Result<Signature, DbError> {
    let seed = in_force(tx)?.ok_or_else(|| DbError::Failed("there is no key to sign with".into()))?;
    let pair = pair(&seed)?;
    let signature = pair.sign(&signed_bytes(purpose, message));
    Ok(Signature { public_key: public_key(&pair), signature: hex::encode(signature) })
}

/// Whether `signature` was made over `message` for `purpose` by the owner of its public key.
///
/// ```
/// let forged = shop::signing::Signature { public_key: "00".repeat(32), signature: "00".repeat(64) };
/// assert!(!shop::signing::is_genuine(&forged, "receipt", b"I owe you nothing."));
/// ```
pub fn is_genuine(signature: &Signature, purpose: &str, message: &[u8]) -> bool {
    let (Ok(key), Ok(bytes)) = (hex::decode(&signature.public_key), hex::decode(&signature.signature)) else {
        return false;
    };
    UnparsedPublicKey::new(&ED25519, key).verify(&signed_bytes(purpose, message), &bytes).is_ok()
}

fn signed_bytes(purpose: &str, message: &[u8]) -> Vec<u8> {
    [b"gramovar ".as_slice(), purpose.as_bytes(), b"\n", message].concat()
}

/// A key that is not in use yet.
struct Fresh {
    public_key: String,
    seed: [u8; 32],
    created_us: i64,
}

impl Fresh {
    fn new(clock: &Clock) -> Result<Fresh, DbError> {
        let seed = clock.random::<32>();
        Ok(Fresh { public_key: public_key(&pair(&seed)?), seed, created_us: clock.now_us() })
    }
}

fn insert(tx: &mut Tx, fresh: &Fresh) -> Result<u64, DbError> {
    // Two nodes that open a new shop at once: one key wins, and both sign with it.
    tx.execute(
        "INSERT INTO signing_keys (public_key, secret, in_force, created_us) VALUES ($1, $2, 1, $3)
         ON CONFLICT (in_force) DO NOTHING",
        params![&fresh.public_key, fresh.seed.as_slice(), fresh.created_us],
    )
}

fn in_force(tx: &mut Tx) -> Result<Option<Vec<u8>>, DbError> {
    let row: Option<Row> = tx.row("SELECT secret FROM signing_keys WHERE in_force = 1", &[])?;
    row.map(|row| row.get(0)).transpose()
}

fn pair(seed: &[u8]) -> Result<Ed25519KeyPair, DbError> {
    Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| DbError::Failed("the key to sign with is damaged".into()))
}

fn public_key(pair: &Ed25519KeyPair) -> String {
    hex::encode(pair.public_key())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, on_both_engines};

    async fn signed(signing: &Signing, text: &'static str) -> Signature {
        signing.db.write(move |tx| sign(tx, "receipt", text.as_bytes())).await.unwrap()
    }

    #[test]
    fn a_signature_fits_its_text_its_purpose_and_its_key_alone() {
        on_both_engines(|db, _| {
            block_on(async {
                let signing = Signing::open(db, Clock::system()).await.unwrap();
                let signature = signed(&signing, "paid").await;
                assert!(is_genuine(&signature, "receipt", b"paid"));
                assert!(!is_genuine(&signature, "receipt", b"paie"));
                assert!(!is_genuine(&signature, "root", b"paid"));
                let other = Signature { public_key: "11".repeat(32), ..signature.clone() };
                assert!(!is_genuine(&other, "receipt", b"paid"));
                let broken = Signature { signature: "no".into(), ..signature };
                assert!(!is_genuine(&broken, "receipt", b"paid"));
            });
        });
    }

    #[test]
    fn all_nodes_sign_with_one_key_and_what_an_old_one_signed_stays_valid() {
        on_both_engines(|db, _| {
            block_on(async {
                let opens = [0; 4].map(|_| Signing::open(db.clone(), Clock::system()));
                let nodes = futures_util::future::join_all(opens).await;
                let [first, second] = [0, 3].map(|n| nodes[n].as_ref().unwrap().clone());
                assert_eq!(first.public_keys().await.unwrap().len(), 1);
                let old = signed(&first, "paid").await;
                assert_eq!(old.public_key, signed(&second, "paid").await.public_key);
                let new = second.replace().await.unwrap();
                assert_eq!(signed(&first, "paid").await.public_key, new);
                assert!(new != old.public_key && is_genuine(&old, "receipt", b"paid"));
                let keys = first.public_keys().await.unwrap();
                let known: Vec<_> = keys.iter().map(|key| (&key.public_key, key.retired_us.is_some())).collect();
                assert_eq!(known, [(&new, false), (&old.public_key, true)]);
            });
        });
    }
}
