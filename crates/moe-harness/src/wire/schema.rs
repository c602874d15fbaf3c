//! The JSON Schema of experiment files, made from the wire types themselves, so that it cannot say anything else.

use moe_core::identifiability::Regime;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::File;
use super::key;
use crate::quantity::Kind;

/// The schema (draft 7, which editors of TOML read): every table and key with its description, type and an example.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft07();
    let mut schema = settings.into_generator().into_root_schema_for::<File>().to_value();
    without_null(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), "An experiment of moe-rates".into());
        if let Some(Value::Object(mut tables)) = root.remove("definitions") {
            tables.iter_mut().for_each(|(name, table)| examples(name, table));
            root.insert("definitions".to_owned(), Value::Object(tables));
        }
    }
    examples("experiment", &mut schema);
    schema
}

/// TOML has no null: what may be absent is left out.
fn without_null(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(without_null),
        Value::Object(map) => {
            map.values_mut().for_each(without_null);
            if map.get("default").is_some_and(Value::is_null) {
                map.remove("default");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    map.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|c| c.get("type").is_none_or(|t| t != "null"));
                if let [one] = choices.as_slice() {
                    let one = one.clone();
                    map.remove("anyOf");
                    // Beside a reference, draft 7 overlooks everything; within allOf it does not.
                    map.insert("allOf".to_owned(), Value::Array(vec![one]));
                }
            }
        }
        _ => {}
    }
}

/// Adds the example of each key of a table, which is called `name` unless its kind says otherwise.
fn examples(name: &str, value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    for choices in ["oneOf", "anyOf"] {
        let choices = map.get_mut(choices).and_then(Value::as_array_mut);
        choices.into_iter().flatten().for_each(|choice| examples(name, choice));
    }
    let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let table = variant(properties).unwrap_or_else(|| name.to_owned());
    for (key, property) in properties.iter_mut() {
        let example = key::find(&table, key).and_then(|found| value_of(key, found.example));
        let Some(property) = property.as_object_mut() else { continue };
        if let Some(example) = example {
            property.insert("examples".to_owned(), Value::Array(vec![example]));
        }
        if let Some((keyword, value)) = spellings(key) {
            property.insert(keyword.to_owned(), value);
        }
    }
}

/// What the words of a key may be, where that does not depend on the rest of the file.
fn spellings(key: &str) -> Option<(&'static str, Value)> {
    match key {
        "regime" => {
            let names = [Regime::Exact, Regime::Over1, Regime::Over2].map(|r| Value::from(r.to_string()));
            Some(("enum", Value::Array(names.to_vec())))
        }
        "quantity" => {
            let (of_cells, of_rows): (Vec<Kind>, Vec<Kind>) = Kind::ALL.iter().partition(|k| k.per_atom());
            let names = |kinds: Vec<Kind>| kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join("|");
            let pattern = format!("^(({})(\\[[0-9]+\\])?|{})$", names(of_cells), names(of_rows));
            Some(("pattern", pattern.into()))
        }
        "statistic" => Some(("pattern", r"^\s*(median|mean|quantile\(.+\)|exceeds\(.+\))\s*$".into())),
        "gate_map" => Some(("pattern", r"^\s*(identity|(sin|cos|tanh|sigmoid|power)\(.+\))\s*$".into())),
        _ => None,
    }
}

/// The variant that a table is, where a key of it chooses one.
fn variant(properties: &Map<String, Value>) -> Option<String> {
    let chosen = ["kind", "estimator"].iter().find_map(|key| properties.get(*key)?.get("const"))?;
    chosen.as_str().map(str::to_owned)
}

/// The value in a line of TOML; headers of tables have none.
fn value_of(key: &str, line: &str) -> Option<Value> {
    let table: toml::Table = line.parse().ok()?;
    table
        .get(key)
        .filter(|v| !line.starts_with('[') || !v.is_table())
        .and_then(|v| serde_json::to_value(v).ok())
}
