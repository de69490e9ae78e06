//! The one door for JSON: reads a body into a tree and hands that to whoever declares what belongs there. Refusals are
//! words for people, with the place in the body; an object is never taken out of a list by position.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer,
    MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

use super::problem::{Kind, Problem};

/// Characters of a text that are said again in a refusal.
const MAX_QUOTED_CHARS: usize = 40;

/// Reads a body.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let tree: Tree = serde_json::from_slice(body)
        .map_err(|e| Problem::new(Kind::Malformed, format!("The body is not JSON: {e}.")))?;
    serde_path_to_error::deserialize(tree).map_err(|e| unfit(&e.path().to_string(), e.into_inner()))
}

/// What is wrong with a body, and in which field where it is a matter of one.
fn unfit(path: &str, error: Unfit) -> Problem {
    // A field that is missing, or there twice, is no part of the path yet; one that nobody knows is.
    let field = match (path, error.member) {
        (".", None) => None,
        (".", Some(name)) => Some(name.to_owned()),
        (path, None) => Some(path.to_owned()),
        (path, Some(name)) => Some(format!("{path}.{name}")),
    };
    let mut words = error.words.chars();
    let detail: String = words.next().into_iter().flat_map(char::to_uppercase).chain(words).collect();
    Problem { field, ..Problem::new(Kind::Invalid, format!("{detail}.")) }
}

/// Why a tree is not what was declared.
#[derive(Debug)]
struct Unfit {
    words: String,
    /// The member of the place that it is about, which is no part of the path yet.
    member: Option<&'static str>,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Unfit {}

impl de::Error for Unfit {
    fn custom<T: fmt::Display>(words: T) -> Unfit {
        Unfit { words: words.to_string(), member: None }
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Unfit {
        Unfit::custom(format!("expected {}, not {}", words_of(&expected.to_string()), found_words(found)))
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Unfit {
        Unfit::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Unfit {
        Unfit::custom(format!("expected {}, not {length} elements", words_of(&expected.to_string())))
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Unfit {
        Unfit::custom(format!("{}, not {}", one_of(known), quoted(found)))
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Unfit {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Unfit::custom(format!("there is no field {}; the fields here are: {known}", quoted(found)))
    }

    fn missing_field(name: &'static str) -> Unfit {
        Unfit { words: format!("the field {name} is missing"), member: Some(name) }
    }

    fn duplicate_field(name: &'static str) -> Unfit {
        Unfit { words: format!("the field {name} stands here twice"), member: Some(name) }
    }
}

fn one_of(known: &[&str]) -> String {
    match known {
        [] => "nothing belongs here".to_owned(),
        [one] => format!("name {one}"),
        [most @ .., last] => format!("name one of {} and {last}", most.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    let short: String = text.chars().take(MAX_QUOTED_CHARS).collect();
    format!("{short:?}")
}

/// What people call what a type's own words say.
fn words_of(expected: &str) -> String {
    let whole = |from: &dyn fmt::Display, to: &dyn fmt::Display| format!("a whole number from {from} to {to}");
    match expected {
        "u8" => whole(&0, &u8::MAX),
        "u16" => whole(&0, &u16::MAX),
        "u32" => whole(&0, &u32::MAX),
        "u64" | "usize" => whole(&0, &u64::MAX),
        "i8" => whole(&i8::MIN, &i8::MAX),
        "i16" => whole(&i16::MIN, &i16::MAX),
        "i32" => whole(&i32::MIN, &i32::MAX),
        "i64" | "isize" => whole(&i64::MIN, &i64::MAX),
        "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a string" | "a borrowed string" | "string" => "a text".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "unit" => "null".to_owned(),
        other if other.starts_with("struct ") => "an object".to_owned(),
        other if other.starts_with("an array of length ") => other.replacen("an array of length", "a list of", 1),
        other if other.starts_with("a tuple of size ") => other.replacen("a tuple of size", "a list of", 1),
        other => other.to_owned(),
    }
}

fn found_words(found: Unexpected) -> String {
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(n) => n.to_string(),
        Unexpected::Signed(n) => n.to_string(),
        Unexpected::Float(n) => n.to_string(),
        Unexpected::Str(text) => format!("the text {}", quoted(text)),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => other.to_string(),
    }
}

/// A body, with every member of each object in the order in which it stands there, the same name twice if it does.
enum Tree {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    fn unexpected(&self) -> Unexpected<'_> {
        match self {
            Tree::Null => Unexpected::Unit,
            Tree::Bool(value) => Unexpected::Bool(*value),
            Tree::Unsigned(n) => Unexpected::Unsigned(*n),
            Tree::Signed(n) => Unexpected::Signed(*n),
            Tree::Float(n) => Unexpected::Float(*n),
            Tree::Text(text) => Unexpected::Str(text),
            Tree::List(_) => Unexpected::Seq,
            Tree::Object(_) => Unexpected::Map,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Tree, D::Error> {
        struct Grower;
        impl<'de> Visitor<'de> for Grower {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Bool(value))
            }

            fn visit_u64<E>(self, n: u64) -> Result<Tree, E> {
                Ok(Tree::Unsigned(n))
            }

            fn visit_i64<E>(self, n: i64) -> Result<Tree, E> {
                Ok(Tree::Signed(n))
            }

            fn visit_f64<E>(self, n: f64) -> Result<Tree, E> {
                Ok(Tree::Float(n))
            }

            fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Tree, E> {
                Ok(Tree::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = from.next_element()? {
                    list.push(element);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Tree, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = from.next_entry()? {
                    members.push(member);
                }
                Ok(Tree::Object(members))
            }
        }
        from.deserialize_any(Grower)
    }
}

impl<'de> Deserializer<'de> for Tree {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(value),
            Tree::Unsigned(n) => visitor.visit_u64(n),
            Tree::Signed(n) => visitor.visit_i64(n),
            Tree::Float(n) => visitor.visit_f64(n),
            Tree::Text(text) => visitor.visit_string(text),
            Tree::List(list) => visitor.visit_seq(Elements(list.into_iter())),
            Tree::Object(members) => visitor.visit_map(Members { rest: members.into_iter(), value: None }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if matches!(self, Tree::Null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self {
            Tree::Object(_) => self.deserialize_any(visitor),
            other => Err(de::Error::invalid_type(other.unexpected(), &"an object")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        match self {
            Tree::Text(name) => visitor.visit_enum(Chosen { name, value: None }),
            Tree::Object(mut members) => match (members.pop(), members.is_empty()) {
                (Some((name, value)), true) if known.contains(&name.as_str()) => {
                    visitor.visit_enum(Chosen { name, value: Some(value) })
                }
                _ => Err(de::Error::custom(one_of(known))),
            },
            other => Err(de::Error::custom(format!("{}, not {}", one_of(known), found_words(other.unexpected())))),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

struct Elements(std::vec::IntoIter<Tree>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        self.0.next().map(|element| seed.deserialize(element)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Members {
    rest: std::vec::IntoIter<(String, Tree)>,
    value: Option<Tree>,
}

impl<'de> MapAccess<'de> for Members {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        let name: StringDeserializer<Unfit> = name.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(self.value.take().unwrap_or(Tree::Null))
    }
}

/// A choice among several, by its name, with what goes with it.
struct Chosen {
    name: String,
    value: Option<Tree>,
}

impl<'de> EnumAccess<'de> for Chosen {
    type Error = Unfit;
    type Variant = Carried;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Carried), Unfit> {
        let name: StringDeserializer<Unfit> = self.name.clone().into_deserializer();
        Ok((seed.deserialize(name)?, Carried(self.name, self.value)))
    }
}

struct Carried(String, Option<Tree>);

impl Carried {
    fn value(self) -> Result<Tree, Unfit> {
        self.1.ok_or_else(|| de::Error::custom(format!("say more of it: {{{:?}: …}}", self.0)))
    }
}

impl<'de> VariantAccess<'de> for Carried {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        match self.1 {
            None | Some(Tree::Null) => Ok(()),
            Some(_) => Err(de::Error::custom(format!("nothing goes with {}", self.0))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unfit> {
        seed.deserialize(self.value()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.value()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        self.value()?.deserialize_struct("", fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Kind, read};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Item {
        Release(String),
        Track(String),
        All,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Wish {
        items: Vec<Item>,
        count: Option<u32>,
        amount: Option<i64>,
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_place_and_in_words() {
        for (body, field, words) in [
            (r#"{"items":[{"track":"a","release":"b"}]}"#, Some("items[0]"), "Name one of release, track and all."),
            (r#"{"items":[{"track":"a"},{}]}"#, Some("items[1]"), "Name one of release, track and all."),
            (r#"{"items":[{"disc":"a"}]}"#, Some("items[0]"), "Name one of release, track and all."),
            (r#"{"items":["disc"]}"#, Some("items[0]"), "Name one of release, track and all, not \"disc\"."),
            (r#"{"items":[7]}"#, Some("items[0]"), "Name one of release, track and all, not 7."),
            (r#"{"items":{}}"#, Some("items"), "Expected a list, not an object."),
            (r#"{"items":[],"count":-1}"#, Some("count"), "Expected a whole number from 0 to 4294967295, not -1."),
            (
                r#"{"items":[],"count":"7"}"#,
                Some("count"),
                "Expected a whole number from 0 to 4294967295, not the text \"7\".",
            ),
            (r#"{"count":1}"#, Some("items"), "The field items is missing."),
            (r#"{"items":[],"items":[]}"#, Some("items"), "The field items stands here twice."),
            (
                r#"{"items":[],"more":1}"#,
                Some("more"),
                "There is no field \"more\"; the fields here are: items, count, amount.",
            ),
            (r#"[[],1,2]"#, None, "Expected an object, not a list."),
        ] {
            let refused = read::<Wish>(body.as_bytes()).map(|wish| format!("{wish:?}")).unwrap_err();
            assert_eq!((refused.field.as_deref(), refused.detail.as_str()), (field, words), "{body}");
            assert_eq!(refused.kind, Kind::Invalid, "{body}");
        }
        for body in ["", "{", r#"{"items":[]} x"#, "nothing"] {
            assert_eq!(read::<Wish>(body.as_bytes()).map(drop).unwrap_err().kind, Kind::Malformed, "{body}");
        }
    }

    #[test]
    fn what_fits_is_read() {
        let body =
            r#"{"items":[{"track":"a"},"all",{"release":"r"}],"count":4294967295,"amount":-9223372036854775808}"#;
        let wish: Wish = read(body.as_bytes()).unwrap();
        assert!(matches!(&wish.items[..], [Item::Track(_), Item::All, Item::Release(_)]));
        assert_eq!((wish.count, wish.amount), (Some(u32::MAX), Some(i64::MIN)));
    }
}
