//! The golden table: SHA-256 of the body of every format of our own over three masters, for each class of processors.

mod rows;

use audio::portable::cpu_class;

const HOW: &str = "If that was meant: raise the version in the codec's `encoder()`, or `GRID_VERSION` where all changed, \
                   then `cargo run -p audio --example golden` writes the table anew.";

#[test]
fn every_format_has_the_bytes_of_the_golden_table() {
    let table = rows::parse(&std::fs::read_to_string(rows::TABLE).expect("the table"));
    let made = rows::made();
    let class = cpu_class();
    let mut wrong = Vec::new();
    for ((master, format), hash) in &made {
        match table.get(&(master.clone(), format.clone())).and_then(|row| row.get(class)) {
            Some(golden) if golden == hash => {}
            Some(_) => wrong.push(format!("{format} of master {master} has other bytes")),
            None => wrong.push(format!("{format} of master {master} has no hash for {class}")),
        }
    }
    let optional = |format: &str| rows::OPTIONAL.iter().any(|codec| format.starts_with(codec));
    for row in table.keys().filter(|row| !made.contains_key(*row) && !optional(&row.1)) {
        wrong.push(format!("{} of master {} is made no more", row.1, row.0));
    }
    assert!(wrong.is_empty(), "{} rows differ:\n{}\n{HOW}", wrong.len(), wrong.join("\n"));
    assert!(made.len() > 150, "{} rows", made.len());
}

/// A row whose encoder reads files or settings would show it here, were there one.
const SOME: [&str; 6] =
    ["mp3:vbr:2", "vorbis:vbr:5", "opus:vbr:96", "flac:lossless:5", "alac:lossless:default", "wav:pcm:16"];

#[test]
fn some_formats_have_the_bytes_of_the_golden_table_here() {
    let table = rows::parse(&std::fs::read_to_string(rows::TABLE).expect("the table"));
    let masters = rows::masters();
    let cd = masters.iter().find(|m| m.name == "cd").expect("a master");
    for format in SOME {
        let golden = &table[&("cd".to_string(), format.to_string())];
        assert_eq!(rows::hash(cd, format.parse().expect("a format")).as_ref(), golden.get(cpu_class()), "{format}");
    }
}

#[test]
fn bytes_do_not_depend_on_the_folder_or_the_surroundings_one_starts_in() {
    let own = std::env::current_exe().expect("the test's own program");
    let elsewhere = tempfile::tempdir().expect("a folder");
    for folder in [elsewhere.path(), std::path::Path::new("/")] {
        let test = ["--exact", "some_formats_have_the_bytes_of_the_golden_table_here"];
        let mut command = std::process::Command::new(&own);
        let surroundings =
            [("LANG", "de_DE.UTF-8"), ("LC_ALL", "tr_TR.UTF-8"), ("TZ", "Asia/Tokyo"), ("LAMEOPT", "-b 64")];
        let out = command.args(test).current_dir(folder).envs(surroundings).output().expect("the same program");
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success() && said.contains("1 passed"), "in {}: {said}", folder.display());
    }
}
