//! A download is cut at any byte, the process killed, the cache emptied: the same file comes out in the end.

use serde_json::json;

use crate::gramovar::{Home, Server, fresh_postgres, word};
use crate::kill::{bearer, new_listener, settled};
use crate::masters;

const FORMATS: [&str; 6] =
    ["mp3:cbr:192", "mp3:vbr:0", "flac:lossless:5", "opus:vbr:128", "alac:lossless:default", "wav:pcm:16"];
/// Cuts of each file.
const CUTS: u64 = 5;

#[test]
fn a_download_cut_thirty_times_by_sigkill_with_the_cache_emptied_is_whole_in_the_end_on_sqlite() {
    cut_again_and_again(&Home::new(None));
}

#[test]
fn a_download_cut_thirty_times_by_sigkill_with_the_cache_emptied_is_whole_in_the_end_on_postgresql() {
    let Some(database) = fresh_postgres("resume") else {
        eprintln!("TEST_POSTGRES_URL is not set: PostgreSQL was NOT tested");
        return;
    };
    cut_again_and_again(&Home::new(Some(database)));
}

fn cut_again_and_again(home: &Home) {
    let music = tempfile::tempdir().unwrap();
    masters::wav(&music.path().join("1.wav"), 1, 45, "Long enough");
    home.done(&["import", word(music.path())], "");
    let mut server = home.serve();
    let token = new_listener(home, &server, "resume@example.org");
    let mut chance = 0x9E37_79B9_u64;
    for format in FORMATS {
        let path = buy(&server, &token, format);
        let whole = server.ask("GET", &path, &[], None).unwrap();
        assert_eq!(whole.status, 200);
        let mut got: Vec<u8> = Vec::new();
        for cut in 0..=CUTS {
            server.kill();
            server.bury();
            std::fs::remove_dir_all(home.data.join("objects/renditions")).unwrap();
            std::fs::create_dir(home.data.join("objects/renditions")).unwrap();
            server = home.serve();
            // A step of a linear congruential generator (Knuth's constants): any byte will do, but always the same.
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let left = whole.body.len() - got.len();
            let wanted = if cut == CUTS { left } else { (chance >> 33) as usize % (left / 2) + 1 };
            let range = format!("Range: bytes={}-", got.len());
            let part = server.read_some(&path, &[range], wanted).unwrap();
            assert_eq!(part.status, 206, "{format}");
            assert!(whole.body[got.len()..].starts_with(&part.body), "{format} from byte {}", got.len());
            got.extend(part.body);
        }
        assert!(got == whole.body, "{format}");
    }
    assert!(server.stop());
    assert_eq!(home.done(&["audit"], ""), "0 differences\n");
}

/// Buys all there is and returns the path of the file's link.
fn buy(server: &Server, token: &str, format: &str) -> String {
    let releases = server.ask("GET", "/api/v1/releases", &[], None).unwrap().json();
    let order = json!({"items": [{"release": releases["items"][0]["id"]}], "format": format});
    let headers = [bearer(token), format!("Idempotency-Key: {format}")];
    let placed = server.ask("POST", "/api/v1/orders", &headers, Some(&order)).unwrap();
    assert_eq!(placed.status, 201, "{}", placed.json());
    let order = settled(server, token, placed.json()["id"].as_str().unwrap());
    let of_order = format!("/api/v1/downloads?order={}", order["id"].as_str().unwrap());
    let downloads = server.ask("GET", &of_order, &[bearer(token)], None).unwrap().json();
    let url = downloads["items"][0]["url"].as_str().unwrap().to_owned();
    url[url.find("/d/").unwrap()..].to_owned()
}
