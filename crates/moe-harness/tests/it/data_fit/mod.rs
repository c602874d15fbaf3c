//! `moe fit`: data files, their refusals, and fits against values found without this program.

mod document;
mod messages;
mod oracles;
mod separated;

use std::path::Path;

use serde_json::Value;

use crate::program::{Desk, Said};

/// A small data set with two classes that overlap.
const SMALL: &str = "x1,x2,y\n0.1,1.0,a\n0.9,-0.3,b\n-0.4,0.2,a\n0.3,0.8,b\n-0.7,-0.9,a\n0.5,0.1,b\n0.2,-0.6,a\n\
                     -0.1,0.4,b\n0.6,0.7,a\n-0.8,0.3,b\n0.0,-0.2,a\n0.4,-0.8,b\n";

/// What is fitted to the petals of the irises.
const PETALS: &str = "--label species --features petal_length_cm,petal_width_cm";

/// A data file that comes with the program.
fn shipped(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data").join(file).display().to_string()
}

/// The document of a fit.
#[track_caller]
fn document(desk: &Desk, arguments: &str) -> Value {
    let Said { out, .. } = desk.moe(&format!("fit {arguments} --json"), 0);
    serde_json::from_str(&out).unwrap()
}

#[track_caller]
fn number(document: &Value, key: &str) -> f64 {
    document[key].as_f64().unwrap_or_else(|| panic!("no number {key} in {document}"))
}
