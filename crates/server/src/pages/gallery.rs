//! Every page rendered from its samples in every language, and looked over. The pages are left in `target/gallery` for eyes and other judges.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Lang, assets, samples};

/// Elements that have no end tag (HTML, 13.1.2).
const VOID: [&str; 7] = ["input", "img", "link", "meta", "source", "br", "hr"];

fn each_page(mut look: impl FnMut(Lang, &str, &str)) {
    for lang in Lang::all() {
        for (name, html) in samples::all(lang) {
            look(lang, name, &html);
        }
    }
}

/// The tags of a page: name, attributes, whether it ends an element.
fn tags(html: &str) -> Vec<(String, String, bool)> {
    let mut found = Vec::new();
    for piece in html.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').expect("every < begins a tag that ends");
        if tag.starts_with('!') {
            continue;
        }
        let ends = tag.starts_with('/');
        let (name, attributes) =
            tag.trim_start_matches('/').split_once([' ', '\n']).unwrap_or((tag.trim_start_matches('/'), ""));
        found.push((name.to_owned(), attributes.trim_end_matches('/').to_owned(), ends));
        // A picture's element that ends where it begins (HTML, 13.1.2.1: foreign elements).
        if attributes.ends_with('/') {
            found.push((name.to_owned(), String::new(), true));
        }
    }
    found
}

/// The values of an attribute over a whole page.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let start = format!(" {attribute}=\"");
    html.split(start.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_page_renders_in_every_language_with_no_text_missing() {
    each_page(|lang, name, html| {
        let code = lang.code();
        assert!(!html.contains("[["), "{code}/{name} lacks {:?}", html.split("[[").nth(1).map(|rest| &rest[..30]));
        assert!(!html.contains("{$") && !html.contains("{ $"), "{code}/{name} has an unfilled place");
        assert!(html.contains(&format!("<html lang=\"{code}\">")));
    });
    for lang in Lang::all() {
        for sentence in samples::sentences(lang) {
            assert!(!sentence.contains("[[") && !sentence.contains('{'), "{}: {sentence}", lang.code());
        }
    }
}

#[test]
fn every_element_is_closed_where_it_was_opened() {
    each_page(|lang, name, html| {
        let mut open: Vec<String> = Vec::new();
        for (tag, _, ends) in tags(html) {
            if ends {
                assert_eq!(open.pop().as_deref(), Some(tag.as_str()), "{}/{name}", lang.code());
            } else if !VOID.contains(&tag.as_str()) {
                open.push(tag);
            }
        }
        assert!(open.is_empty(), "{}/{name} leaves {open:?} open", lang.code());
    });
}

#[test]
fn every_input_has_a_label_and_every_reference_a_target() {
    each_page(|lang, name, html| {
        let page = format!("{}/{name}", lang.code());
        let ids = values(html, "id");
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "{page} repeats an id");
        for attribute in ["for", "aria-describedby", "aria-labelledby"] {
            for id in values(html, attribute).iter().flat_map(|list| list.split(' ')) {
                assert!(distinct.contains(id), "{page}: {attribute}={id}");
            }
        }
        let labelled = values(html, "for");
        for (tag, attributes, _) in
            tags(html).iter().filter(|(tag, _, ends)| !ends && (tag == "input" || tag == "select"))
        {
            let attributes = format!(" {attributes}");
            let is_labelled = values(&attributes, "id").first().is_some_and(|id| labelled.contains(id));
            assert!(is_labelled || attributes.contains("type=\"hidden\""), "{page}: {tag}{attributes}");
        }
    });
}

#[test]
fn headings_descend_one_step_at_a_time_from_a_single_first() {
    each_page(|lang, name, html| {
        let levels: Vec<u32> = tags(html)
            .iter()
            .filter(|(tag, _, ends)| !ends && tag.len() == 2 && tag.starts_with('h'))
            .filter_map(|(tag, ..)| tag[1..].parse().ok())
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{}/{name}", lang.code());
        assert_eq!(levels.first(), Some(&1), "{}/{name}", lang.code());
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{}/{name}: {levels:?}", lang.code());
    });
}

#[test]
fn no_page_needs_inline_script_or_style_and_no_image_moves_the_page() {
    each_page(|lang, name, html| {
        for (tag, attributes, ends) in tags(html) {
            let attributes = format!(" {attributes}");
            let shown = format!("{}/{name}: <{tag}{attributes}>", lang.code());
            // Outside quotation marks stand only the names.
            let mut names = attributes.split('"').step_by(2).map(str::trim_start);
            assert!(
                tag != "style" && !names.any(|name| name.starts_with("style") || name.starts_with("on")),
                "{shown}"
            );
            let is_data = attributes == " type=\"application/ld+json\"";
            assert!(tag != "script" || ends || is_data || attributes.contains(" src=\"/assets/"), "{shown}");
            assert!(tag != "img" || (attributes.contains(" width=") && attributes.contains(" height=")), "{shown}");
            assert!(tag != "img" || attributes.contains(" alt="), "{shown}");
        }
    });
}

#[test]
fn every_writing_form_carries_the_token_and_no_password_is_ever_written() {
    each_page(|lang, name, html| {
        for form in html.split("<form ").skip(1) {
            let form = form.split("</form>").next().unwrap_or_default();
            let writes = form.split('>').next().unwrap_or_default().contains("method=\"post\"");
            assert_eq!(writes, form.contains("name=\"csrf\""), "{}/{name}: {form}", lang.code());
        }
        assert!(!html.contains("never shown"), "{}/{name}", lang.code());
    });
}

#[test]
fn what_a_stranger_wrote_is_shown_as_text() {
    each_page(|lang, name, html| {
        assert!(!html.contains("<without>") && !html.contains("<&>"), "{}/{name}", lang.code());
    });
}

#[test]
fn the_language_switch_keeps_the_page() {
    let (_, html) = samples::all(Lang::fallback()).into_iter().find(|(name, _)| *name == "search").unwrap();
    for lang in Lang::all() {
        assert!(html.contains(&format!("href=\"/{}/search?q=bach&#38;kind=track\"", lang.code())));
    }
}

#[test]
fn a_page_waits_only_while_something_is_being_made() {
    for (name, html) in samples::all(Lang::fallback()) {
        let waits = html.contains("http-equiv=\"refresh\"");
        let is_waited_for =
            matches!(name, "downloads" | "downloads-reported" | "order" | "buy-sizing" | "release-sizing");
        assert_eq!(waits, is_waited_for, "{name}");
        // A page of a release has a script of its own, which looks again by itself.
        assert_eq!(waits, html.contains("downloads.js") || html.contains("data-sizing"), "{name}");
    }
}

#[test]
fn every_language_has_the_same_texts() {
    let locales = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    let ids = |lang: Lang| -> BTreeSet<String> {
        let files = fs::read_dir(locales.join(lang.code())).unwrap();
        let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
        let lines: Vec<String> = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        let starts = |line: &&String| line.starts_with(|first: char| first.is_ascii_lowercase());
        lines.iter().filter(starts).filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect()
    };
    let english = ids(Lang::fallback());
    assert!(english.len() > 100);
    for lang in Lang::all() {
        let other = ids(lang);
        assert_eq!(english.symmetric_difference(&other).collect::<Vec<_>>(), Vec::<&String>::new(), "{}", lang.code());
    }
}

#[test]
fn the_gallery_shows_every_page() {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    let write = |path: PathBuf, bytes: &[u8]| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    each_page(|lang, name, html| write(target.join(lang.code()).join(format!("{name}.html")), html.as_bytes()));
    for asset in assets::all() {
        write(target.join(assets::href(asset.name).trim_start_matches('/')), asset.bytes);
    }
}
