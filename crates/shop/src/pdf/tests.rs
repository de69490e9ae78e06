//! Papers under other people's readers: poppler for text and pages, zbar for QR codes.

use std::process::Command;

use super::*;

const ABOUT: About =
    About { title: "Квитанция № 17", author: "Gramovar", language: "ru", made_us: 1_795_219_200_000_000 };

fn whole() -> Paper {
    let mut paper = Paper::new(&ABOUT).unwrap();
    paper.heading("Квитанция № 17 · Receipt");
    paper.pairs(&[("Покупатель", "listener@demo.example"), ("Сумма", "1 234,56 € − 10 %")]);
    paper.paragraph(
        "Съешь же ещё этих мягких французских булок, да выпей чаю. Ąčęė Österreich łódź ñandú. ".repeat(6).trim(),
    );
    let columns = [Column::left("Запись", 5.0), Column::left("ISRC", 2.0), Column::right("Bytes", 2.0)];
    let rows = (1..=120).map(|n| {
        Row::new([
            format!("Зимний вечер, часть {n}: очень длинное название, которое не входит в одну строку"),
            format!("QZ-AAA-26-{n:05}"),
            format!("{}", n * 31_337),
        ])
    });
    paper.table(&columns, &rows.chain([Row::strong(["Итого", "", "227,506,620"])]).collect::<Vec<_>>());
    paper.qr("https://shop.example/ru/vouchers?code=0000-1111-2222-3333-4", 40.0).unwrap();
    paper.note("夜 is a letter that no face has.");
    paper
}

fn read(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("paper.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new(program).arg(&path).args(arguments).output().expect("poppler-utils is installed");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn other_readers_find_the_words_in_their_columns_and_on_their_pages() {
    let pdf = whole().finish().unwrap();
    let text = read("pdftotext", &["-layout", "-"], &pdf);
    for words in
        ["Квитанция № 17 · Receipt", "1 234,56 € − 10 %", "Ąčęė Österreich łódź ñandú", "QZ-AAA-26-00120", "夜 is"]
    {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 3, "{}", pages.len());
    for (n, page) in pages.iter().enumerate() {
        let foot = page.trim_end().lines().last().unwrap_or_default().replace(' ', "");
        assert!(foot.starts_with("Квитанция№17") && foot.ends_with(&format!("{}/{}", n + 1, pages.len())), "{foot}");
        assert_eq!(page.matches("ISRC").count(), 1, "each page of the table has the heads once: {page}");
    }
    let right_ends = pages[1].lines().filter(|line| line.contains("QZ-AAA")).map(|line| line.chars().count());
    let right_ends: std::collections::BTreeSet<usize> = right_ends.collect();
    assert!(right_ends.len() <= 2, "figures end in one column: {right_ends:?}");
    let info = read("pdfinfo", &[], &pdf);
    assert!(info.contains("Квитанция № 17") && info.contains("A4"), "{info}");
    let fonts = read("pdffonts", &[], &pdf);
    assert_eq!(
        fonts.lines().filter(|line| line.contains("yes yes yes")).count(),
        2,
        "embedded, subset, readable: {fonts}"
    );
    assert!(pdf.len() < 100_000, "{}", pdf.len());
}

#[test]
fn a_camera_reads_the_qr_code() {
    let mut paper = Paper::new(&ABOUT).unwrap();
    let link = "https://shop.example/ru/vouchers?code=0000-1111-2222-3333-4";
    paper.qr(link, 22.0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, picture) = (folder.path().join("paper.pdf"), folder.path().join("paper"));
    std::fs::write(&path, paper.finish().unwrap()).unwrap();
    let drawn = Command::new("pdftoppm").args(["-png", "-singlefile", "-r", "110"]).arg(&path).arg(&picture).status();
    assert!(drawn.unwrap().success());
    let output = Command::new("zbarimg").args(["-q", "--raw"]).arg(picture.with_extension("png")).output();
    assert_eq!(String::from_utf8(output.expect("zbar-tools is installed").stdout).unwrap().trim(), link);
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    assert_eq!(whole().finish().unwrap(), whole().finish().unwrap());
}

#[test]
fn an_attached_file_comes_out_as_it_went_in() {
    let bytes = b"{\"stream\n\": \"endstream /Type /EmbeddedFile\"}".to_vec();
    let mut paper = whole();
    paper.attach("receipt.json", "application/json", bytes.clone());
    let pdf = paper.finish().unwrap();
    assert_eq!(attachment(&pdf), Some(bytes.as_slice()));
    assert_eq!(attachment(&whole().finish().unwrap()), None);
    assert_eq!(attachment(b"/Type /EmbeddedFile"), None);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    read("pdfdetach", &["-save", "1", "-o", out.to_str().unwrap()], &pdf);
    assert_eq!(std::fs::read(out).unwrap(), bytes);
}

#[test]
fn a_row_longer_than_a_page_goes_on_and_loses_nothing() {
    let mut paper = Paper::new(&ABOUT).unwrap();
    let words: Vec<String> = (0..2_000).map(|n| format!("w{n:04}")).collect();
    paper.table(&[Column::left("A", 1.0), Column::left("B", 3.0)], &[Row::new([words.join(" "), "b".to_owned()])]);
    let text = read("pdftotext", &["-layout", "-"], &paper.finish().unwrap());
    assert!(words.iter().all(|word| text.contains(word)));
}

#[test]
fn what_is_too_much_is_refused() {
    let mut paper = Paper::new(&ABOUT).unwrap();
    assert!(matches!(paper.qr(&"x".repeat(3_000), 40.0), Err(PdfError::CodeTooLong(3_000))));
    (0..MAX_PAGES).for_each(|_| paper.new_page());
    assert!(matches!(paper.finish(), Err(PdfError::TooManyPages)));
}

#[test]
fn a_figure_is_never_torn_apart() {
    let paper = Paper::new(&ABOUT).unwrap();
    let lines = paper.wrap("ab 1\u{202f}234,56\u{a0}€", paper.width_pt("ab 1", Style::TEXT), Style::TEXT);
    assert_eq!(lines[0], "ab");
}
