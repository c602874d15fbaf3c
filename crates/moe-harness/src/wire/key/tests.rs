//! The list of keys is compared with the fields of the wire types.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{KEYS, Tables};
use crate::wire::{File, Inference, Profile, Sizes, arm, statement, world};

type Fields = BTreeSet<(String, String)>;

/// Asks a wire type for its fields, and answers nothing.
struct Probe<'a> {
    fields: &'a mut Fields,
    variant: usize,
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("nothing here"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.fields.extend(fields.iter().map(|f| (name.to_owned(), (*f).to_owned())));
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Some(variant) = variants.get(self.variant) else { return self.deserialize_any(visitor) };
        let table = if super::super::reader::by_shape(variants) { name } else { *variant };
        if table != name {
            self.fields.insert((table.to_owned(), name.to_owned()));
        }
        visitor.visit_enum(ProbeVariant { table, variant, probe: self })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct ProbeVariant<'a> {
    table: &'static str,
    variant: &'static str,
    probe: Probe<'a>,
}

impl<'de> EnumAccess<'de> for ProbeVariant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for ProbeVariant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.probe)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.probe.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe.deserialize_struct(self.table, fields, visitor)
    }
}

fn probe<T: for<'de> Deserialize<'de>>(fields: &mut Fields) {
    for variant in 0..8 {
        let _ = T::deserialize(Probe { fields, variant });
    }
}

/// Kinds of tables that are met on the way down from a kind.
fn kinds_below(kind: &'static str, met: &mut BTreeSet<&'static str>) {
    met.insert(kind);
    for key in super::names(kind) {
        match super::tables(kind, key) {
            Some(Tables::Of(inner) | Tables::Named(inner)) => kinds_below(inner, met),
            Some(Tables::By(_, inner) | Tables::NamedBy(_, inner)) => {
                inner.iter().for_each(|inner| kinds_below(inner, met));
            }
            None => {}
        }
    }
}

#[test]
fn every_kind_of_table_has_its_place() {
    let mut met = BTreeSet::new();
    kinds_below("experiment", &mut met);
    assert_eq!(met, KEYS.iter().map(|key| key.table).collect());
}

#[test]
fn the_list_has_every_field_and_no_other() {
    let mut fields = Fields::new();
    probe::<File>(&mut fields);
    probe::<Profile>(&mut fields);
    probe::<Inference>(&mut fields);
    probe::<Sizes>(&mut fields);
    probe::<world::Covariates>(&mut fields);
    probe::<world::Truth>(&mut fields);
    probe::<world::Random>(&mut fields);
    probe::<world::Drift>(&mut fields);
    probe::<world::Cell>(&mut fields);
    probe::<arm::Arm>(&mut fields);
    probe::<arm::Starts>(&mut fields);
    probe::<arm::Stop>(&mut fields);
    probe::<arm::Certify>(&mut fields);
    probe::<statement::Claim>(&mut fields);
    probe::<statement::Other>(&mut fields);
    probe::<statement::Panel>(&mut fields);
    probe::<statement::Curve>(&mut fields);
    let listed: Fields = KEYS.iter().map(|k| (k.table.to_owned(), k.name.to_owned())).collect();
    assert_eq!(listed, fields);
    assert_eq!(listed.len(), KEYS.len());
}
