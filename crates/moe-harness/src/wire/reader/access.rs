//! The serde side of the reader: which question of a wire type is answered by which look at the value.

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::{Fault, Reader, by_shape, shape};
use crate::diagnostic::{Place, Problem};
use crate::nearest;

type Entry<'a, 'i> = (&'a Spanned<DeString<'i>>, &'a Spanned<DeValue<'i>>);

impl<'a, 'i> Reader<'a, 'i> {
    fn visit_fields<'de, V: Visitor<'de>>(
        self,
        kind: &str,
        known: &[&str],
        skip: Option<&str>,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.check_keys(kind, known)?;
        let read = |key: &str| known.contains(&key) && skip != Some(key);
        let entries = self.table()?.iter().filter(|(key, _)| read(key.get_ref())).collect::<Vec<_>>();
        let result =
            visitor.visit_map(Entries { of: &self, kind, entries: entries.into_iter(), value: None });
        self.place(result)
    }

    /// The variant that the key `tag` chooses, or the plain word that this value is.
    fn variant(&self, tag: &'static str, variants: &[&'static str]) -> Result<&'static str, Fault> {
        let (word, at) = match self.value {
            DeValue::Table(table) => {
                let Some((_, value)) = table.iter().find(|(key, _)| key.get_ref() == tag) else {
                    let problem = Problem::error(self.here(), format!("missing key `{tag}`"));
                    return Err(
                        self.tell(problem.help(format!("`{tag}` is one of: {}", variants.join(", "))))
                    );
                };
                let child = self.child("", tag, value.get_ref());
                (child.text()?, child.path)
            }
            _ => (self.text()?, self.path.clone()),
        };
        variants.iter().copied().find(|v| *v == word).ok_or_else(|| {
            let key = at.last_key().unwrap_or(tag);
            let problem = Problem::error(Place::Value(at.clone()), format!("unknown {key} '{word}'"));
            self.tell(problem.helps(nearest::advice(word, variants.iter().copied())))
        })
    }
}

macro_rules! answer {
    ($($method:ident => $visit:ident($look:ident $(, $most:expr)?);)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let value = self.$look($($most)?)?;
            self.place(visitor.$visit(value))
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_, '_> {
    type Error = Fault;

    answer! {
        deserialize_u64 => visit_u64(whole, i64::MAX as u64);
        deserialize_u32 => visit_u64(whole, u64::from(u32::MAX));
        deserialize_f64 => visit_f64(number);
        deserialize_bool => visit_bool(flag);
        deserialize_str => visit_str(text);
        deserialize_string => visit_str(text);
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let content = self.clone();
        self.place(visitor.visit_some(content))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let DeValue::Array(list) = self.value else { return Err(self.wrong_type("a list")) };
        let result = visitor.visit_seq(Items { of: &self, items: list.iter(), index: 0 });
        self.place(result)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let entries = self.table()?.iter().collect::<Vec<_>>();
        let result =
            visitor.visit_map(Entries { of: &self, kind: "", entries: entries.into_iter(), value: None });
        self.place(result)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.visit_fields(name, fields, None, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if by_shape(variants) {
            let variant = shape(self.value);
            if !variants.contains(&variant) {
                return Err(self.wrong_type(&format!("a {}", variants.join(" or a "))));
            }
            let content = Variant { of: self.clone(), variant, kind: name, tag: None };
            return self.place(visitor.visit_enum(content));
        }
        let variant = self.variant(name, variants)?;
        let content = Variant { of: self.clone(), variant, kind: variant, tag: Some(name) };
        self.place(visitor.visit_enum(content))
    }

    // No wire type asks these questions; a list and a text are the only shapes they could be answered with.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.value {
            DeValue::Array(_) => self.deserialize_seq(visitor),
            DeValue::Table(_) => self.deserialize_map(visitor),
            DeValue::Integer(_) => self.deserialize_u64(visitor),
            DeValue::Float(_) => self.deserialize_f64(visitor),
            DeValue::Boolean(_) => self.deserialize_bool(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u128 f32 char bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct identifier ignored_any
    }
}

/// The entries of a list.
struct Items<'r, 'a, 'i, I> {
    of: &'r Reader<'a, 'i>,
    items: I,
    index: usize,
}

impl<'a, 'i, I: Iterator<Item = &'a Spanned<DeValue<'i>>>> Items<'_, 'a, 'i, I> {
    fn next_reader(&mut self) -> Option<Reader<'a, 'i>> {
        let value = self.items.next()?.get_ref();
        let path = self.of.path.index(self.index);
        self.index += 1;
        Some(Reader { value, path, example: self.of.example, sink: self.of.sink })
    }
}

impl<'de, 'a, 'i: 'a, I: Iterator<Item = &'a Spanned<DeValue<'i>>>> SeqAccess<'de> for Items<'_, 'a, 'i, I> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.next_reader().map(|reader| seed.deserialize(reader)).transpose()
    }

    // An entry that cannot be read does not end the list, so that the problems of the others are told too.
    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Fault> {
        let mut failed = false;
        while let Some(reader) = self.next_reader() {
            match T::deserialize(reader) {
                Ok(value) if !failed => return Ok(Some(value)),
                Ok(_) => {}
                Err(_) => failed = true,
            }
        }
        if failed { Err(Fault::Told) } else { Ok(None) }
    }
}

/// The entries of a table.
struct Entries<'r, 'a, 'i> {
    of: &'r Reader<'a, 'i>,
    kind: &'r str,
    entries: std::vec::IntoIter<Entry<'a, 'i>>,
    value: Option<Reader<'a, 'i>>,
}

impl<'a, 'i> Entries<'_, 'a, 'i> {
    fn next_pair(&mut self) -> Option<(&'a str, Reader<'a, 'i>)> {
        let (key, value) = self.entries.next()?;
        let key: &'a str = key.get_ref();
        Some((key, self.of.child(self.kind, key, value.get_ref())))
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        let Some((key, reader)) = self.next_pair() else { return Ok(None) };
        self.value = Some(reader);
        let key: StrDeserializer<'_, Fault> = key.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let reader = self.value.take().ok_or_else(|| Fault::Said("a key without a value".to_owned()))?;
        seed.deserialize(reader)
    }

    // As in a list: a named table that cannot be read does not hide the problems of the others.
    fn next_entry<K: Deserialize<'de>, V: Deserialize<'de>>(&mut self) -> Result<Option<(K, V)>, Fault> {
        let mut failed = false;
        while let Some((key, reader)) = self.next_pair() {
            let key: StrDeserializer<'_, Fault> = key.into_deserializer();
            match V::deserialize(reader) {
                Ok(value) if !failed => return Ok(Some((K::deserialize(key)?, value))),
                Ok(_) => {}
                Err(_) => failed = true,
            }
        }
        if failed { Err(Fault::Told) } else { Ok(None) }
    }
}

/// The chosen variant of an enum, and where its content is.
struct Variant<'a, 'i> {
    of: Reader<'a, 'i>,
    variant: &'static str,
    kind: &'static str,
    tag: Option<&'static str>,
}

impl<'de> EnumAccess<'de> for Variant<'_, '_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, '_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.of)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.of.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let known: Vec<&str> = self.tag.into_iter().chain(fields.iter().copied()).collect();
        self.of.visit_fields(self.kind, &known, self.tag, visitor)
    }
}
