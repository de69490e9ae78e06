//! Markdown as HTML for our pages. Raw HTML in it is shown as text, pictures give way to their descriptions, links lead to the
//! web, to mail or into the shop; nothing else gets through. What a text says is not known here.
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Characters of a summary.
pub const SUMMARY_CHARS: usize = 280;

/// The text as HTML; its headings descend one step at a time, the first one below `above`.
pub fn html(text: &str, above: u32) -> String {
    let mut level = above;
    let mut inside_picture = 0;
    let events = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut kept = Vec::new();
    let mut links = Vec::new();
    for event in events {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => kept.push(Event::Text(raw)),
            Event::Start(Tag::HtmlBlock) => kept.push(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) => kept.push(Event::End(TagEnd::Paragraph)),
            Event::Start(Tag::Image { .. }) => inside_picture += 1,
            Event::End(TagEnd::Image) => inside_picture -= 1,
            Event::Start(Tag::Link { dest_url, link_type, title, id }) => {
                let leads = inside_picture == 0 && is_safe(&dest_url);
                links.push(leads);
                if leads {
                    kept.push(Event::Start(Tag::Link { dest_url, link_type, title, id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop().unwrap_or(false) {
                    kept.push(Event::End(TagEnd::Link));
                }
            }
            Event::Start(Tag::Heading { level: asked, .. }) => {
                level = (above + depth(asked)).min(level + 1).min(6);
                kept.push(Event::Start(Tag::Heading {
                    level: heading(level),
                    id: None,
                    classes: vec![],
                    attrs: vec![],
                }));
            }
            Event::End(TagEnd::Heading(_)) => kept.push(Event::End(TagEnd::Heading(heading(level)))),
            other => kept.push(other),
        }
    }
    let mut out = String::with_capacity(text.len() * 3 / 2);
    html::push_html(&mut out, kept.into_iter());
    // What begins a table may be wider than a phone.
    out.replace("<table>", "<div class=\"scroll\"><table>").replace("</table>", "</table></div>")
}

/// The beginning of a text as plain words on one line.
pub fn summary(text: &str) -> String {
    let mut words = String::new();
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(part) | Event::Code(part) => words.push_str(&part),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            Event::SoftBreak | Event::HardBreak | Event::End(_) => words.push(' '),
            _ => {}
        }
        if words.len() > SUMMARY_CHARS * 4 {
            break;
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    shortened(&words.join(" "), SUMMARY_CHARS)
}

/// At most so many characters, cut between words, with an ellipsis where something is left out.
pub fn shortened(text: &str, chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars) else { return text.to_owned() };
    let cut = text[..end].rfind(' ').unwrap_or(end);
    format!("{}…", text[..cut].trim_end_matches([' ', ',', ';', ':', '.']))
}

/// Web, mail, an address of the shop, a place on the page.
fn is_safe(address: &str) -> bool {
    let lower = address.trim().to_ascii_lowercase();
    let inner = lower.starts_with('/') && !lower.starts_with("//") && !lower.starts_with("/\\");
    inner || ["https://", "http://", "mailto:", "#"].iter().any(|start| lower.starts_with(start))
}

fn depth(level: HeadingLevel) -> u32 {
    level as u32
}

fn heading(level: u32) -> HeadingLevel {
    match level {
        0 | 1 => HeadingLevel::H1,
        2 => HeadingLevel::H2,
        3 => HeadingLevel::H3,
        4 => HeadingLevel::H4,
        5 => HeadingLevel::H5,
        _ => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_shown_as_text() {
        for text in
            ["<script>alert(1)</script>", "a <b onclick=x>b</b> c", "<img src=x onerror=y>\n\nmore", "<!-- c -->"]
        {
            let shown = html(text, 1);
            assert!(shown.contains("&lt;") && !shown.contains("<script") && !shown.contains("<b"), "{shown}");
            assert!(!shown.contains("<img"), "{shown}");
        }
    }

    #[test]
    fn links_lead_to_the_web_to_mail_or_into_the_shop_and_nowhere_else() {
        for (address, leads) in [
            ("https://example.org/", true),
            ("mailto:a@example.org", true),
            ("/en/help", true),
            ("#terms", true),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            ("data:text/html,x", false),
            ("//evil.example/", false),
            ("vbscript:x", false),
        ] {
            let shown = html(&format!("[words]({address})"), 1);
            assert_eq!(shown.contains("<a "), leads, "{shown}");
            assert!(shown.contains("words"));
        }
        assert_eq!(html("![a cat](/cat.png)", 1), "<p>a cat</p>\n");
    }

    #[test]
    fn headings_descend_one_step_at_a_time_below_the_pages_own() {
        let shown = html("### Deep\n\n# One\n\n#### Deeper", 1);
        assert!(
            shown.contains("<h2>Deep</h2>") && shown.contains("<h2>One</h2>") && shown.contains("<h3>Deeper</h3>"),
            "{shown}"
        );
    }

    #[test]
    fn a_summary_is_plain_words_cut_between_two_of_them() {
        assert_eq!(summary("# Title\n\nSome *bold* `code`\nand <b>more</b>."), "Title Some bold code and more.");
        let long = summary(&"слово ".repeat(200));
        assert!(long.ends_with("слово…") && long.chars().count() <= SUMMARY_CHARS + 1, "{long}");
    }
}
