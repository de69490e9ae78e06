//! Storefronts: the brands that one engine runs. Owner of the table `storefronts`. In this shop there is one so far.

use crate::clock::Clock;
use crate::db::{Db, DbError, Row, Tx};
use crate::params;

/// The id of the storefront that always exists.
pub const MAIN: &str = "main";
/// What it is called until somebody says otherwise.
const MAIN_NAME: &str = "Gramovar";
/// What it sells in.
const MAIN_CURRENCY: &str = "USD";
/// Its colour, as CSS writes it.
const MAIN_ACCENT: &str = "#b4492b";

/// A brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storefront {
    /// Its id.
    pub id: String,
    /// What people read at the top of every page.
    pub name: String,
    /// ISO 4217 code of what balances and prices are in.
    pub currency: String,
    /// The colour of links and buttons, as CSS writes it.
    pub accent: String,
}

/// The storefronts. Cheap to clone.
#[derive(Clone)]
pub struct Storefronts {
    db: Db,
}

impl Storefronts {
    /// Opens the storefronts; the main one is made when absent.
    pub async fn open(db: Db, clock: Clock) -> Result<Storefronts, DbError> {
        if get_by(&db, MAIN).await?.is_none() {
            db.write(move |tx| {
                tx.execute(
                    "INSERT INTO storefronts (id, name, currency, accent, created_us) VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (id) DO NOTHING",
                    params![MAIN, MAIN_NAME, MAIN_CURRENCY, MAIN_ACCENT, clock.now_us()],
                )
            })
            .await?;
        }
        Ok(Storefronts { db })
    }

    /// The main storefront.
    pub async fn main(&self) -> Result<Storefront, DbError> {
        let main = self.get(MAIN).await?;
        main.ok_or_else(|| DbError::Failed("the main storefront is gone".to_owned()))
    }

    /// A storefront by its id.
    pub async fn get(&self, id: &str) -> Result<Option<Storefront>, DbError> {
        get_by(&self.db, id).await
    }
}

async fn get_by(db: &Db, id: &str) -> Result<Option<Storefront>, DbError> {
    let id = id.to_owned();
    db.read(move |tx| get(tx, &id)).await
}

/// A storefront within somebody's transaction.
pub(crate) fn get(tx: &mut Tx, id: &str) -> Result<Option<Storefront>, DbError> {
    let row = tx.row("SELECT id, name, currency, accent FROM storefronts WHERE id = $1", params![id])?;
    row.map(|row| storefront(&row)).transpose()
}

/// What a storefront sells in.
pub fn currency(tx: &mut Tx, id: &str) -> Result<String, DbError> {
    let storefront = get(tx, id)?.ok_or_else(|| DbError::Failed(format!("the storefront {id:?} is gone")))?;
    Ok(storefront.currency)
}

fn storefront(row: &Row) -> Result<Storefront, DbError> {
    Ok(Storefront { id: row.get(0)?, name: row.get(1)?, currency: row.get(2)?, accent: row.get(3)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{block_on, on_both_engines};

    #[test]
    fn the_main_storefront_is_there_from_the_start_and_is_made_once() {
        on_both_engines(|db, _| {
            block_on(async {
                let first = Storefronts::open(db.clone(), Clock::system()).await.unwrap();
                let again = Storefronts::open(db, Clock::system()).await.unwrap();
                let main = first.main().await.unwrap();
                assert_eq!((main.id.as_str(), main.currency.as_str()), (MAIN, "USD"));
                assert_eq!(again.main().await.unwrap(), main);
                assert_eq!(again.get("other").await.unwrap(), None);
            });
        });
    }
}
