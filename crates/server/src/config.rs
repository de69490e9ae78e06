//! Settings: each a flag, an environment variable and a line in `DIR/gramovar.toml`, in that order of precedence.

mod payments;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use shop::Settings;
use shop::catalog::import::Examiner;
use shop::db::DatabaseUrl;
use shop::files::FilesUrl;
use shop::formats::Format;
use shop::mail::MailSettings;
use shop::renditions::MAX_SIZED_AHEAD;

/// The settings file within the data folder.
pub const FILE_NAME: &str = "gramovar.toml";
/// Where the shop listens when nobody says otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const DEFAULT_CACHE_MB: u64 = 20_000;
const DEFAULT_CACHE_DAYS: u64 = 60;
const DEFAULT_SIZE_AHEAD: &str = "mp3:vbr:0,flac:lossless:5,alac:lossless:default";
const DEFAULT_FROM: &str = "Gramovar <noreply@localhost>";

/// The settings that every subcommand understands.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// The data folder: settings, database, objects, search index, letters.
    #[arg(long, env = "GRAMOVAR_DATA", value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// A postgres:// address, or the path of a SQLite file [default: DIR/gramovar.sqlite].
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// s3://BUCKET/PREFIX, or a folder, for masters, covers and renditions [default: DIR/objects].
    #[arg(long, env = "FILES", value_name = "URL")]
    pub files: Option<String>,
    /// The address of an S3 server other than Amazon's.
    #[arg(long, env = "S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,
    /// The region of the bucket [default: us-east-1].
    #[arg(long, env = "S3_REGION", value_name = "REGION")]
    pub s3_region: Option<String>,
    /// The access key's id.
    #[arg(long, env = "S3_ACCESS_KEY_ID", value_name = "ID", hide_env_values = true)]
    pub s3_access_key_id: Option<String>,
    /// The access key's secret (better in the environment or the file).
    #[arg(long, env = "S3_SECRET_ACCESS_KEY", value_name = "SECRET", hide_env_values = true)]
    pub s3_secret_access_key: Option<String>,
    /// smtp://USER:PASSWORD@HOST:PORT, or a folder that letters are put into as .eml files [default: DIR/mail].
    #[arg(long, env = "GRAMOVAR_MAIL", value_name = "URL", hide_env_values = true)]
    pub mail: Option<String>,
    /// The sender of letters, as "Name <address>".
    #[arg(long, env = "GRAMOVAR_MAIL_FROM", value_name = "ADDRESS")]
    pub mail_from: Option<String>,
    /// Encoder threads [default: one for each core].
    #[arg(long, env = "GRAMOVAR_ENCODE_THREADS", value_name = "N")]
    pub encode_threads: Option<usize>,
    /// Megabytes of encoded files that are kept [default: 20000].
    #[arg(long, env = "GRAMOVAR_CACHE_MB", value_name = "MB")]
    pub cache_mb: Option<u64>,
    /// Days without use after which an encoded file leaves the cache [default: 60].
    #[arg(long, env = "GRAMOVAR_CACHE_DAYS", value_name = "DAYS")]
    pub cache_days: Option<u64>,
    /// Formats whose exact sizes are found out as soon as a track is on sale, with commas; nothing for none
    /// [default: mp3:vbr:0,flac:lossless:5,alac:lossless:default].
    #[arg(long, env = "GRAMOVAR_SIZE_AHEAD", value_name = "FORMATS")]
    pub size_ahead: Option<String>,
    /// The address under which people reach the shop, like https://shop.example [default: as the request says].
    #[arg(long, env = "GRAMOVAR_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Believe X-Forwarded-For; only where a proxy of yours writes it [default: false].
    #[arg(long, env = "GRAMOVAR_TRUST_PROXY", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub trust_proxy: Option<bool>,
    /// Names this node in the ledger and the queue; each running process needs its own [default: main].
    #[arg(long, env = "GRAMOVAR_NODE", value_name = "NAME")]
    pub node: Option<String>,
    /// What is logged, like info or shop=debug [default: info].
    #[arg(long, env = "GRAMOVAR_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How it is logged: text or json [default: text].
    #[arg(long, env = "GRAMOVAR_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    #[command(flatten)]
    pub payments: payments::PaymentFlags,
}

/// The same settings as the file has them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    database: Option<String>,
    files: Option<String>,
    s3_endpoint: Option<String>,
    s3_region: Option<String>,
    s3_access_key_id: Option<String>,
    s3_secret_access_key: Option<String>,
    mail: Option<String>,
    mail_from: Option<String>,
    encode_threads: Option<usize>,
    cache_mb: Option<u64>,
    cache_days: Option<u64>,
    size_ahead: Option<String>,
    public_url: Option<String>,
    trust_proxy: Option<bool>,
    node: Option<String>,
    log: Option<String>,
    log_format: Option<String>,
    geoip: Option<PathBuf>,
    #[serde(default)]
    stripe: payments::StripePart,
    #[serde(default)]
    topups: payments::TopUpsPart,
}

/// Everything a program needs to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// For the shop.
    pub settings: Settings,
    /// Where to listen: an address and a port.
    pub listen: String,
    /// Whether `X-Forwarded-For` is believed.
    pub trust_proxy: bool,
    /// What is logged.
    pub log: String,
    /// Logs as JSON Lines.
    pub log_json: bool,
}

/// What a process does: two of them never share a name in the ledger and the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A server.
    Serve,
    /// A command that ends.
    Command,
}

impl Config {
    /// Puts flags and environment over the file over the defaults.
    pub fn read(flags: &Flags, listen: Option<&str>, part: Part) -> Result<Config> {
        let file = read_file(&flags.data.join(FILE_NAME))?;
        let name = given(&flags.node).or(file.node).unwrap_or_else(|| "main".into());
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            bail!("the node's name {name:?} may only have letters, digits and dashes");
        }
        let node = match part {
            Part::Serve => name,
            Part::Command => format!("{name}-command"),
        };
        let database = given(&flags.database).or(file.database);
        let s3 = S3 {
            endpoint: given(&flags.s3_endpoint).or(file.s3_endpoint),
            region: given(&flags.s3_region).or(file.s3_region),
            id: given(&flags.s3_access_key_id).or(file.s3_access_key_id),
            secret: given(&flags.s3_secret_access_key).or(file.s3_secret_access_key),
        };
        let mail = given(&flags.mail).or(file.mail);
        let from = given(&flags.mail_from).or(file.mail_from).unwrap_or_else(|| DEFAULT_FROM.into());
        let days = flags.cache_days.or(file.cache_days).unwrap_or(DEFAULT_CACHE_DAYS);
        let megabytes = flags.cache_mb.or(file.cache_mb).unwrap_or(DEFAULT_CACHE_MB);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let size_ahead = flags.size_ahead.clone().or(file.size_ahead);
        let public_url = given(&flags.public_url).or(file.public_url);
        let log_format = given(&flags.log_format).or(file.log_format).unwrap_or_else(|| "text".into());
        Ok(Config {
            settings: Settings {
                database: database_url(database.as_deref(), &flags.data),
                files: files_url(given(&flags.files).or(file.files).as_deref(), s3, &flags.data)?,
                mail: mail_settings(mail, from, &flags.data),
                node,
                encode_threads: flags.encode_threads.or(file.encode_threads).unwrap_or(cores).max(1),
                cache_bytes: megabytes.saturating_mul(1_000_000),
                cache_age_s: days.saturating_mul(86_400),
                size_ahead: formats(size_ahead.as_deref().unwrap_or(DEFAULT_SIZE_AHEAD))?,
                examiner: examiner()?,
                public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
                payments: payments::read(&flags.payments, file.stripe, file.topups, file.geoip)?,
                data: flags.data.clone(),
            },
            listen: listen.map(str::to_owned).or(file.listen).unwrap_or_else(|| DEFAULT_LISTEN.into()),
            trust_proxy: flags.trust_proxy.or(file.trust_proxy).unwrap_or(false),
            log: given(&flags.log).or(file.log).unwrap_or_else(|| "info".into()),
            log_json: match log_format.as_str() {
                "json" => true,
                "text" => false,
                other => bail!("the log format is text or json, not {other:?}"),
            },
        })
    }
}

/// This program, started again for each file of unknown origin.
pub fn examiner() -> Result<Examiner> {
    Ok(Examiner::Apart(std::env::current_exe().context("where this program lies is unknown")?))
}

/// What a flag or an environment variable says; one that is set to nothing says nothing.
fn given(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// Formats with commas between them.
fn formats(list: &str) -> Result<Vec<Format>> {
    let texts: Vec<&str> = list.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    if texts.len() > MAX_SIZED_AHEAD {
        bail!("size_ahead names {} formats; {MAX_SIZED_AHEAD} are the most", texts.len());
    }
    let format = |text: &str| text.parse().map_err(|e| anyhow::anyhow!("size_ahead: {e}"));
    texts.into_iter().map(format).collect()
}

fn read_file(path: &Path) -> Result<File> {
    match std::fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} cannot be used", path.display())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(e) => Err(e).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn database_url(given: Option<&str>, data: &Path) -> DatabaseUrl {
    match given {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            DatabaseUrl::Postgres(url.to_owned())
        }
        Some(path) => DatabaseUrl::Sqlite(path.strip_prefix("sqlite://").unwrap_or(path).into()),
        None => DatabaseUrl::Sqlite(data.join("gramovar.sqlite")),
    }
}

struct S3 {
    endpoint: Option<String>,
    region: Option<String>,
    id: Option<String>,
    secret: Option<String>,
}

fn files_url(given: Option<&str>, s3: S3, data: &Path) -> Result<FilesUrl> {
    let Some(given) = given else { return Ok(FilesUrl::Folder(data.join("objects"))) };
    let Some(place) = given.strip_prefix("s3://") else { return Ok(FilesUrl::Folder(given.into())) };
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        bail!("{given} names no bucket: write s3://BUCKET/PREFIX");
    }
    let credentials = match (s3.id, s3.secret) {
        (Some(id), Some(secret)) => Some((id, secret)),
        (None, None) => None,
        _ => bail!("an S3 access key has an id and a secret; only one of them is set"),
    };
    Ok(FilesUrl::S3 {
        bucket: bucket.into(),
        prefix: prefix.into(),
        endpoint: s3.endpoint,
        region: s3.region.unwrap_or_else(|| "us-east-1".into()),
        credentials,
    })
}

fn mail_settings(given: Option<String>, from: String, data: &Path) -> MailSettings {
    match given {
        Some(url) if url.starts_with("smtp://") || url.starts_with("smtps://") => MailSettings::Smtp { url, from },
        Some(folder) => MailSettings::Folder(folder.into()),
        None => MailSettings::Folder(data.join("mail")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(data: &Path) -> Flags {
        Flags { data: data.to_owned(), ..Flags::default() }
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), "listen = \"0.0.0.0:1\"\ncache_mb = 7\nencode_threads = 3\n")
            .unwrap();
        let flags = Flags { encode_threads: Some(5), ..flags(folder.path()) };
        let config = Config::read(&flags, None, Part::Serve).unwrap();
        assert_eq!((config.listen.as_str(), config.settings.cache_bytes), ("0.0.0.0:1", 7_000_000));
        assert_eq!((config.settings.encode_threads, config.settings.cache_age_s), (5, 60 * 86_400));
        let config = Config::read(&flags, Some("127.0.0.1:0"), Part::Command).unwrap();
        assert_eq!((config.listen.as_str(), config.settings.node.as_str()), ("127.0.0.1:0", "main-command"));
    }

    #[test]
    fn a_line_that_is_no_setting_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), "lisen = \"0.0.0.0:1\"\n").unwrap();
        let refused = Config::read(&flags(folder.path()), None, Part::Serve).unwrap_err();
        assert!(format!("{refused:#}").contains("lisen"), "{refused:#}");
    }

    #[test]
    fn a_bucket_takes_the_place_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let flags = Flags { files: Some("s3://bucket/some/where".into()), ..flags(folder.path()) };
        let FilesUrl::S3 { bucket, prefix, region, credentials, .. } =
            Config::read(&flags, None, Part::Serve).unwrap().settings.files
        else {
            panic!("an s3:// address is S3");
        };
        assert_eq!((bucket.as_str(), prefix.as_str(), region.as_str()), ("bucket", "some/where", "us-east-1"));
        assert_eq!(credentials, None);
    }
}
