//! Rust as a list of tokens: just enough to tell words from comments and strings, and tests from the rest.
//!
//! It never judges: the rules do. Text that is not Rust gives odd tokens, not a failure; the compiler refuses it anyway.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier, keyword, number or lifetime.
    Word,
    /// One character of punctuation.
    Sign,
    /// The inside of a string or byte string literal, as it was written.
    Text,
    /// A comment with its slashes.
    Note,
}

#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub text: String,
    /// Where it begins, from 1.
    pub line: usize,
    /// Inside an item that is compiled for tests only.
    pub test: bool,
}

impl Token {
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text
    }
}

/// The tokens without comments.
pub fn code(tokens: &[Token]) -> Vec<&Token> {
    tokens.iter().filter(|token| token.kind != Kind::Note).collect()
}

/// Where in `code` the given words and signs stand in a row.
pub fn find<'a>(code: &'a [&'a Token], sequence: &'a [&'a str]) -> impl Iterator<Item = usize> + 'a {
    let matches = move |window: &[&Token]| window.iter().zip(sequence).all(|(token, text)| token.is(text));
    code.windows(sequence.len()).enumerate().filter(move |(_, window)| matches(window)).map(|(index, _)| index)
}

pub fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: text, line: 1, tokens: Vec::new() };
    while lexer.step() {}
    let mut tokens = lexer.tokens;
    mark_test_items(&mut tokens);
    tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn step(&mut self) -> bool {
        let blank = self.rest.len() - self.rest.trim_start().len();
        self.skip(blank);
        let Some(first) = self.rest.chars().next() else { return false };
        if self.rest.starts_with("//") {
            let len = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(Kind::Note, 0, len, len);
        } else if self.rest.starts_with("/*") {
            let len = block_comment_len(self.rest);
            self.take(Kind::Note, 0, len, len);
        } else if let Some((start, end, len)) = string_span(self.rest) {
            self.take(Kind::Text, start, end, len);
        } else if let Some(len) = char_len(self.rest) {
            self.skip(len);
        } else if is_word(first) || first == '\'' {
            let len = self.rest[1..].find(|c| !is_word(c)).map_or(self.rest.len(), |index| index + 1);
            let len = if first.is_ascii() { len } else { word_len(self.rest) };
            self.take(Kind::Word, 0, len, len);
        } else {
            self.take(Kind::Sign, 0, first.len_utf8(), first.len_utf8());
        }
        true
    }

    fn take(&mut self, kind: Kind, start: usize, end: usize, len: usize) {
        self.tokens.push(Token { kind, text: self.rest[start..end].to_owned(), line: self.line, test: false });
        self.skip(len);
    }

    fn skip(&mut self, len: usize) {
        self.line += self.rest[..len].matches('\n').count();
        self.rest = &self.rest[len..];
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn word_len(text: &str) -> usize {
    text.find(|c| !is_word(c)).unwrap_or(text.len())
}

fn block_comment_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut index = 0;
    while index < text.len() {
        let rest = &text.as_bytes()[index..];
        if rest.starts_with(b"/*") {
            depth += 1;
            index += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return index;
            }
        } else {
            index += 1;
        }
    }
    text.len()
}

/// Start and end of a string literal's inside, and the length of the whole, if `text` begins with one.
fn string_span(text: &str) -> Option<(usize, usize, usize)> {
    let prefix = text.len() - text.trim_start_matches(['b', 'c', 'r']).len();
    let after = &text[prefix..];
    let raw = text[..prefix].ends_with('r');
    if prefix > 2 || !(after.starts_with('"') || raw && after.starts_with('#')) {
        return None;
    }
    if raw {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let inside = after[hashes..].strip_prefix('"')?;
        let closing = format!("\"{}", "#".repeat(hashes));
        let start = prefix + hashes + 1;
        let end = start + inside.find(&closing).unwrap_or(inside.len());
        return Some((start, end, (end + closing.len()).min(text.len())));
    }
    let start = prefix + 1;
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some((start, index, index + 1)),
            _ => {}
        }
    }
    Some((start, text.len(), text.len()))
}

/// The length of a character literal, if `text` begins with one and not with a lifetime.
fn char_len(text: &str) -> Option<usize> {
    let prefix = usize::from(text.starts_with("b'"));
    let inside = text[prefix..].strip_prefix('\'')?;
    let mut chars = inside.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        let end = inside[2..].find('\'')? + 2;
        return Some(prefix + 1 + end + 1);
    }
    let (second, closing) = chars.next()?;
    (closing == '\'').then_some(prefix + 1 + second + 1)
}

/// Marks what stands under `#[cfg(test)]` or `#[test]`.
fn mark_test_items(tokens: &mut [Token]) {
    let mut index = 0;
    while index < tokens.len() {
        match test_attribute_end(tokens, index) {
            Some(end) => {
                let end = item_end(tokens, end);
                tokens[index..end].iter_mut().for_each(|token| token.test = true);
                index = end;
            }
            None => index += 1,
        }
    }
}

fn test_attribute_end(tokens: &[Token], start: usize) -> Option<usize> {
    if !(tokens[start].is("#") && tokens.get(start + 1)?.is("[")) {
        return None;
    }
    let end = closing(tokens, start + 1)?;
    let inside: Vec<&str> = tokens[start + 2..end].iter().map(|token| token.text.as_str()).collect();
    let cfg = inside.starts_with(&["cfg", "("]) && inside.contains(&"test") && !inside.contains(&"not");
    (cfg || inside == ["test"]).then_some(end + 1)
}

/// Where the bracket at `open` closes.
pub fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
        } else if token.is(")") || token.is("]") || token.is("}") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// One past the end of the item that begins at `start`: its closing brace or its semicolon.
fn item_end(tokens: &[Token], start: usize) -> usize {
    let mut index = start;
    while index < tokens.len() {
        let token = &tokens[index];
        if token.is(";") {
            return index + 1;
        }
        let braces = token.is("{");
        if braces || token.is("(") || token.is("[") {
            let Some(end) = closing(tokens, index) else { return tokens.len() };
            if braces {
                return end + 1;
            }
            index = end;
        }
        index += 1;
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(Kind, String)> {
        lex(text).into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn comments_strings_and_words_are_told_apart() {
        let found = words("let a = \"x // \\\" y\"; // note \"b\"\n/* a /* b */ c */ r#\"raw \"q\" \"#");
        let kinds: Vec<Kind> = found.iter().map(|(kind, _)| *kind).collect();
        let texts: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts, ["let", "a", "=", "x // \\\" y", ";", "// note \"b\"", "/* a /* b */ c */", "raw \"q\" "]);
        assert_eq!(kinds[3..], [Kind::Text, Kind::Sign, Kind::Note, Kind::Note, Kind::Text]);
    }

    #[test]
    fn a_quote_in_a_character_does_not_open_a_string() {
        let texts: Vec<String> =
            words("'\"' b'\\'' 'a: &'static str '\\u{1F}' x").into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["'a", ":", "&", "'static", "str", "x"]);
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let lines: Vec<usize> = lex("a\n\"x\ny\" b /*\n*/ c").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 3, 4]);
    }

    #[test]
    fn only_what_stands_under_cfg_test_is_marked() {
        let tokens = lex("fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}\n#[cfg(not(test))] fn d() {}");
        let marked: Vec<&str> =
            tokens.iter().filter(|t| t.test && t.kind == Kind::Word).map(|t| t.text.as_str()).collect();
        assert_eq!(marked, ["cfg", "test", "mod", "tests", "fn", "b"]);
    }
}
