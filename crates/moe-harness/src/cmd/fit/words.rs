//! A fit as tables for a terminal.

use moe_estimators::information::StandardError;

use super::extent::{Extent, holds};
use super::{Told, second};
use crate::report::text::{significant, table};

/// What stands beside a standard error that means nothing.
pub(super) const UNTRUSTED: &str = "not to be trusted";

/// Names of the pinned parameters, in their order: which part of the model, and which term of its logit.
pub(super) fn names(told: &Told<'_>) -> Vec<(String, String)> {
    let shape = told.task.problem.shape;
    let gates = (0..shape.gate_rows()).map(|i| (format!("gate {i}"), true));
    let experts = (0..shape.experts).flat_map(|i| {
        let classes = &told.table.classes[..shape.classes - 1];
        classes.iter().map(move |class| (format!("expert {i}, {class}"), false))
    });
    let map = told.task.problem.gate_map;
    let terms = |gate: bool| {
        let name = move |feature: &String| {
            if gate && !map.is_identity() { format!("{map} of {feature}") } else { feature.clone() }
        };
        std::iter::once("intercept".to_owned()).chain(told.table.features.iter().map(name))
    };
    gates.chain(experts).flat_map(|(part, gate)| terms(gate).map(move |term| (part.clone(), term))).collect()
}

/// The whole text.
pub(super) fn text(told: &Told<'_>) -> String {
    let units = if told.table.standardized {
        format!(
            "\nThe covariates were standardised; box and parameters are in these units:\n\n{}",
            scales(told)
        )
    } else {
        String::new()
    };
    format!(
        "{}{units}\n{}\n{}\n{}{}",
        head(told),
        parameters(told),
        criteria(told),
        certificate(told),
        second::compared(told)
    )
}

fn head(told: &Told<'_>) -> String {
    let (table, problem) = (told.table, told.task.problem);
    let mut counts = vec![0u64; table.classes.len()];
    let of_rows = table.data.labels.iter().zip(&table.data.counts);
    of_rows.for_each(|(label, count)| counts[*label as usize] += count);
    let (things, rows) = match &table.count {
        None => ("rows", format!("{} rows", table.data.rows())),
        Some(count) => {
            let (rows, size) = (table.data.rows(), table.data.size());
            ("observations", format!("{rows} rows, {size} observations by {count}"))
        }
    };
    let classes: Vec<String> = table
        .classes
        .iter()
        .zip(&counts)
        .map(|(class, count)| format!("{class} ({count} {things})"))
        .collect();
    format!(
        "{}: {rows}, label {}, covariates {}\nclasses in order: {}; the last is the reference\n\
         model: {} {}, gate map {}, every parameter within ±{}; {} parameters\n",
        told.args.data.display(),
        table.label,
        table.features.join(", "),
        classes.join(", "),
        problem.shape.experts,
        if problem.shape.experts == 1 { "expert (multinomial logistic regression)" } else { "experts" },
        problem.gate_map,
        problem.box_bound,
        problem.shape.parameters()
    )
}

fn scales(told: &Told<'_>) -> String {
    let row = |(name, scale): (&String, &crate::table::Scale)| {
        vec![name.clone(), significant(scale.mean, 7), significant(scale.sd, 7)]
    };
    let rows: Vec<_> = told.table.features.iter().zip(&told.table.scales).map(row).collect();
    table(&["covariate", "mean", "standard deviation"], &rows)
}

fn parameters(told: &Told<'_>) -> String {
    let values = told.fitted.measure.parameters();
    let box_width = 2.0 * told.task.problem.box_bound;
    let errors = told.fitted.errors.iter().zip(&told.untrusted);
    let errors = errors.map(|(error, untrusted)| standard_error(*error, *untrusted, box_width));
    let row = |((name, value), error): (((String, String), f64), String)| {
        vec![name.0, name.1, significant(value, 6), error]
    };
    let rows: Vec<_> = names(told).into_iter().zip(values).zip(errors).map(row).collect();
    let mut out = table(&["part", "term", "estimate", "standard error"], &rows);
    if told.fitted.errors.iter().any(|error| is_beyond(*error, box_width)) {
        let width = significant(box_width, 3);
        out += &format!(
            "\nnot determined: the standard error is larger than the box is wide ({width}), so the data do not tell \
             where in the box the parameter is; --json has the numbers\n"
        );
    }
    if rows.iter().any(|row| row[3].ends_with(UNTRUSTED)) {
        let why = if told.task.problem.shape.experts == 1 {
            format!(
                "these parameters tell separated classes apart, so only {} holds them back, and their errors tell nothing \
                 of what the data leave open",
                holds(told.fitted)
            )
        } else {
            "some classes are separated: errors of parameters that tell them apart mean nothing".to_owned()
        };
        out += &format!("\n{UNTRUSTED}: {why}\n");
    }
    out
}

/// Whether a standard error says no more than the box does.
fn is_beyond(error: StandardError, box_width: f64) -> bool {
    matches!(error, StandardError::Value(error) if error > box_width)
}

fn standard_error(error: StandardError, untrusted: bool, box_width: f64) -> String {
    match error {
        error if is_beyond(error, box_width) => "not determined".into(),
        StandardError::Value(error) if untrusted => format!("{}, {UNTRUSTED}", significant(error, 3)),
        StandardError::Value(error) => significant(error, 3),
        StandardError::AtBox => "at the box".into(),
        StandardError::Undetermined => "not determined".into(),
    }
}

fn criteria(told: &Told<'_>) -> String {
    let fitted = told.fitted;
    let size = told.table.data.size();
    let rows: Vec<Vec<String>> =
        [("log-likelihood, nats", fitted.log_likelihood), ("AIC", fitted.aic()), ("BIC", fitted.bic(size))]
            .into_iter()
            .map(|(name, value)| vec![name.to_owned(), significant(value, 9)])
            .collect();
    table(&["criterion", "value"], &rows)
}

fn certificate(told: &Told<'_>) -> String {
    let (fitted, certificate) = (told.fitted, &told.fitted.certificate);
    let effort = fitted.effort;
    let extent = told.extent();
    let doubt = || format!("uncertified: {}", fitted.doubt().unwrap_or_default());
    let status = extent.map_or_else(doubt, |extent| extent.status().to_owned());
    let line = |name: &str, value: String| vec![name.to_owned(), value];
    let rows = vec![
        line("status", status),
        line("projected score an observation", significant(certificate.score, 2)),
        line("predicted remaining gain, nats", significant(certificate.gain, 2)),
        line("smallest curvature an observation", significant(certificate.curvature, 2)),
        line("parameters at the box", fitted.box_hits().to_string()),
        line("independent searches at the best value", format!("{} of {}", effort.agreeing, effort.searches)),
        line("starts at the best value", format!("{} of {}", certificate.hits, effort.starts)),
        line("nats to the next maximum found", certificate.gap.map_or("–".into(), |gap| significant(gap, 3))),
        line("passes over the data", effort.passes.to_string()),
        line("seconds of the fit", significant(told.seconds, 3)),
    ];
    let note = extent.and_then(Extent::note).map_or(String::new(), |note| format!("\n{note}\n"));
    table(&["certificate", "value"], &rows) + &note
}
