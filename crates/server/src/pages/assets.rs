//! The files pages need (styles, scripts, icons), held in the binary. The address holds a hash of the content, so they may be kept for ever.
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// How long a browser may keep an asset: a year, since a changed one has another address.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// How hard files are packed: once for each start, so as hard as can be.
const PACKING_LEVEL: u8 = 10;
/// Hex digits of the content's hash in an address.
const HASH_DIGITS: usize = 10;

/// One file.
#[derive(Debug)]
pub struct Asset {
    pub name: &'static str,
    pub mime: &'static str,
    pub bytes: &'static [u8],
    /// The same packed, as every browser takes it.
    pub gzip: Vec<u8>,
    /// Beginning of the content's SHA-256, in hex; serves as ETag too.
    pub hash: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("site.css", "text/css; charset=utf-8", include_bytes!("../../assets/site.css")),
        asset("search.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/search.js")),
        asset("prices.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/prices.js")),
        asset("player.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/player.js")),
        asset("embed.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/embed.js")),
        asset("downloads.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/downloads.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
        asset("no-cover.svg", "image/svg+xml", include_bytes!("../../assets/no-cover.svg")),
    ]
});

fn asset(name: &'static str, mime: &'static str, bytes: &'static [u8]) -> Asset {
    let digest = Sha256::digest(bytes);
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).take(HASH_DIGITS / 2).collect();
    Asset { name, mime, bytes, gzip: gzip(bytes), hash }
}

/// RFC 1952: a header without a name or a time, the packed bytes, their sum and length.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, PACKING_LEVEL));
    packed.extend(crc32fast::hash(bytes).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// All files.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The file behind `/assets/{file}`, where `file` is `{hash}-{name}`. An old hash finds nothing.
pub fn find(file: &str) -> Option<&'static Asset> {
    let (hash, name) = file.split_once('-')?;
    ASSETS.iter().find(|asset| asset.name == name && asset.hash == hash)
}

/// The address of the file called `name`; a name that there is not gives an address that answers 404, which a test would notice.
pub fn href(name: &str) -> String {
    let hash = ASSETS.iter().find(|asset| asset.name == name).map_or("none", |asset| &asset.hash);
    format!("/assets/{hash}-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_under_its_own_address_only() {
        for asset in all() {
            let address = href(asset.name);
            let file = address.strip_prefix("/assets/").unwrap();
            assert_eq!(find(file).unwrap().name, asset.name);
            assert!(find(&format!("0{file}")).is_none());
        }
        assert!(find("site.css").is_none());
    }
}
