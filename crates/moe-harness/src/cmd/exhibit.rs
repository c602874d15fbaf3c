//! `moe exhibit`: pairs of different mixing measures with one density, and what follows for every estimator.

use clap::Args;
use moe_core::exhibit::{self, Comparison, Exhibit, Pair};
use moe_core::measure::MixingMeasure;
use serde_json::{Value, json};

use super::Failure;
use crate::nearest;
use crate::report::text::table;

/// Width of the paragraphs, in characters.
const WIDTH: usize = 110;

/// Show pairs of different mixing measures whose densities are equal, and what no estimator can do about them.
///
/// Each pair is a theorem by Le Cam's two-point method: it needs no simulation, and none can overturn it. Without a
/// name every exhibit is shown.
#[derive(Args, Debug)]
pub struct Show {
    /// Names of exhibits: vanishing-expert, shared-slopes, doubled-atoms, two-constants, vanishing-path
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Write JSON, every number with all its digits
    #[arg(long)]
    json: bool,
}

/// Runs the verb; returns the exit code.
pub fn run(args: &Show) -> Result<u8, Failure> {
    let exhibits = match args.names.as_slice() {
        [] => exhibit::all(),
        names => names.iter().map(|name| find(name)).collect::<Result<_, _>>()?,
    };
    if args.json {
        let all: Vec<Value> = exhibits.iter().map(in_json).collect();
        say!("{:#}", json!({ "exhibits": all }));
    } else {
        exhibits.iter().for_each(print);
        say!("{}", wrapped(CONSEQUENCE));
    }
    Ok(0)
}

const CONSEQUENCE: &str = "How to read it: g and g′ are the densities of G and G′, compared at every point of a grid over \
    [-1, 1]² and in every class; h is their Hellinger distance under X uniform on that grid; the losses are those of G′ \
    against G after the infimum over translations. Let d be the infimum over all measures H of D(H, G) + D(H, G′). Where \
    the laws of the data have total variation distance TV, max(E_G D(Ĝ, G), E_G′ D(Ĝ, G′)) ≥ (d/2)(1 − TV) for every \
    estimator Ĝ (Le Cam 1973; Yu 1997). With equal densities TV = 0 for every number of observations. The last two \
    columns hold this bound, from a lower bound of d that METHODOLOGY.md derives; they are no estimates, and not the best \
    ones possible.";

fn find(name: &str) -> Result<Exhibit, Failure> {
    exhibit::find(name).ok_or_else(|| {
        let all = exhibit::all();
        let names = all.iter().map(|exhibit| exhibit.name);
        Failure::bad_input(format!(
            "there is no exhibit '{name}'; {}",
            nearest::advice(name, names).join("; ")
        ))
    })
}

/// Every pair with its comparisons.
fn compared(exhibit: &Exhibit) -> Vec<(&Pair, Vec<Comparison>)> {
    let of = |pair: &Pair| pair.maps.iter().map(|map| exhibit::compare(pair, *map)).collect();
    exhibit.pairs.iter().map(|pair| (pair, of(pair))).collect()
}

fn print(exhibit: &Exhibit) {
    say!("# {}: {}\n\n{}\n", exhibit.name, exhibit.title, wrapped(exhibit.statement));
    let compared = compared(exhibit);
    // Of a sequence of pairs the first one is written out.
    if let Some((pair, _)) = compared.first() {
        let n = pair.size.map_or(String::new(), |n| format!(" at n = {n}"));
        say!("{}", measures(pair, &n));
    }
    let rows: Vec<Vec<String>> =
        compared.iter().flat_map(|(pair, found)| found.iter().map(|c| row(pair, c))).collect();
    let bound = "bound on D_1";
    let head =
        ["gate map", "n", "max difference", "h", "D_1(G′, G)", "D_2(G′, G)", "TV at most", bound, "on D_2"];
    say!("{}", table(&head, &rows));
}

fn row(pair: &Pair, found: &Comparison) -> Vec<String> {
    vec![
        found.map.to_string(),
        pair.size.map_or("every".into(), |n| n.to_string()),
        format!("{:.1e}", found.difference),
        format!("{:.1e}", found.hellinger),
        format!("{:.3}", found.losses[0]),
        format!("{:.3}", found.losses[1]),
        format!("{:.3}", found.total_variation),
        format!("{:.3}", found.bounds[0]),
        format!("{:.4}", found.bounds[1]),
    ]
}

/// The atoms of both measures.
fn measures(pair: &Pair, n: &str) -> String {
    let rows = |name: &str, measure: &MixingMeasure| -> Vec<Vec<String>> {
        let short = |values: &[f64]| values.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(", ");
        let atoms = measure.atoms().iter().map(|atom| {
            let classes = (0..atom.intercepts.len())
                .map(|c| format!("{:.4}; {}", atom.intercepts[c], short(atom.class_slope(c))));
            vec![
                format!("{name}{n}"),
                format!("{:.4}; {}", atom.log_weight, short(&atom.gate_slope)),
                classes.collect::<Vec<_>>().join(" and "),
            ]
        });
        atoms.collect()
    };
    let rows = [rows("G", &pair.truth), rows("G′", &pair.rival)].concat();
    table(&["measure", "gate: intercept; slopes", "expert: intercept; slopes of each class"], &rows)
}

fn in_json(exhibit: &Exhibit) -> Value {
    let measure = |measure: &MixingMeasure| -> Value {
        let atoms = measure.atoms().iter().map(|atom| {
            json!({
                "log_weight": atom.log_weight,
                "gate_slope": atom.gate_slope,
                "intercepts": atom.intercepts,
                "slopes": (0..atom.intercepts.len()).map(|c| atom.class_slope(c)).collect::<Vec<_>>(),
            })
        });
        atoms.collect()
    };
    let comparison = |found: &Comparison| {
        json!({
            "gate_map": found.map.to_string(),
            "points": found.points,
            "max_density_difference": found.difference,
            "hellinger": found.hellinger,
            "d1": found.losses[0],
            "d2": found.losses[1],
            "total_variation_at_most": found.total_variation,
            "least_worst_risk_d1": found.bounds[0],
            "least_worst_risk_d2": found.bounds[1],
        })
    };
    let pairs: Vec<Value> = compared(exhibit)
        .iter()
        .map(|(pair, found)| {
            json!({
                "size": pair.size,
                "order": pair.order(),
                "separation_d1": pair.separation,
                "truth": measure(&pair.truth),
                "rival": measure(&pair.rival),
                "comparisons": found.iter().map(comparison).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "name": exhibit.name,
        "title": exhibit.title,
        "statement": exhibit.statement,
        "pairs": pairs,
    })
}

/// A paragraph in lines of at most [`WIDTH`] characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |l| l.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
