//! Which writes change what everybody sees. Pages that are kept in memory are good as long as there was none.

use std::time::Duration;

/// How often another process's writes to the same SQLite file are looked for.
pub const LOOK_AROUND: Duration = Duration::from_millis(100);
/// How long it is taken for granted on PostgreSQL that no other node has written.
pub const TRUST: Duration = Duration::from_secs(1);

/// Tables of which no page that is the same for everybody shows anything, by how their names begin: money, people, orders, and
/// what jobs note for themselves. Sizes of renditions and outlines of masters are shown, but a busy shop makes some every second,
/// and what was shown before them stays true: a promised price holds, a drawing may come later. Any other table counts as shown, a
/// new one too.
const PRIVATE: [&str; 25] = [
    "billing_details",
    "consents",
    "credit_notes",
    "digests",
    "entitlements",
    "follows",
    "gifts",
    "jobs",
    "ledger_",
    "line_refunds",
    "order_",
    "orders",
    "password_resets",
    "promotion_uses",
    "receipt",
    "renditions",
    "royalty_lines",
    "served_files",
    "sessions",
    "sizing_position",
    "topup",
    "users",
    "voucher",
    "waveforms",
    "wishes",
];

/// Whether a statement that is no SELECT writes to a table that pages show; when in doubt it does.
pub(super) fn is_public(sql: &str) -> bool {
    let mut words = sql.split_ascii_whitespace();
    let table = match words.next() {
        Some("SELECT") => return false,
        Some("UPDATE") => words.next(),
        Some("INSERT" | "DELETE") => words.nth(1),
        _ => None,
    };
    table.is_none_or(|table| !PRIVATE.iter().any(|private| table.starts_with(private)))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn what_nobody_is_shown_is_told_from_the_rest_by_the_statement() {
        for (sql, public) in [
            ("INSERT INTO orders (id) VALUES ($1)", false),
            ("\n  UPDATE jobs SET state = 'done'", false),
            ("DELETE FROM sessions WHERE id = $1", false),
            ("INSERT INTO ledger_entries (id)", false),
            ("SELECT 1 FROM releases", false),
            ("UPDATE renditions SET state = 'ready'", false),
            ("UPDATE releases SET title = $1", true),
            ("INSERT INTO release_ratings (release_id)", true),
            ("DELETE FROM notices", true),
            ("WITH a AS (SELECT 1) DELETE FROM jobs", true),
            ("INSERT OR IGNORE INTO jobs (id)", true),
        ] {
            assert_eq!(is_public(sql), public, "{sql}");
        }
    }
}
