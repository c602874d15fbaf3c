//! A fit as one JSON document; its keys are described in FORMAT.md.

use moe_estimators::information::StandardError;
use serde::Serialize;

use super::extent::Extent;
use super::{Told, words};
use crate::fit::Second;

#[derive(Serialize)]
struct Document<'a> {
    file: String,
    rows: usize,
    count: Option<&'a str>,
    size: u64,
    label: &'a str,
    classes: &'a [String],
    features: &'a [String],
    standardized: Option<Vec<Units<'a>>>,
    experts: usize,
    gate_map: String,
    #[serde(rename = "box")]
    half_width: f64,
    seed: u64,
    starts: u32,
    log_likelihood: f64,
    parameter_count: usize,
    aic: f64,
    bic: f64,
    fit_seconds: f64,
    certificate: Certificate,
    parameters: Vec<Parameter>,
    second_maximum: Option<SecondMaximum>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Units<'a> {
    feature: &'a str,
    mean: f64,
    sd: f64,
}

#[derive(Serialize)]
struct Certificate {
    status: &'static str,
    extent: Option<&'static str>,
    reason: String,
    score: f64,
    gain: f64,
    curvature: f64,
    at_box: usize,
    searches: u32,
    searches_at_best: u32,
    starts: u32,
    starts_at_best: u32,
    gap: Option<f64>,
    stop: String,
    passes: u64,
}

#[derive(Serialize)]
struct SecondMaximum {
    log_likelihood: f64,
    gap: f64,
    starts: u32,
    stop: String,
    largest_probability_difference: f64,
    estimates: Vec<f64>,
}

#[derive(Serialize)]
struct Parameter {
    part: String,
    term: String,
    estimate: f64,
    standard_error: Option<f64>,
    note: &'static str,
}

/// The document, in lines.
pub(super) fn json(told: &Told<'_>) -> String {
    let (table, fitted, problem) = (told.table, told.fitted, told.task.problem);
    let units = table.features.iter().zip(&table.scales);
    let units = units.map(|(feature, scale)| Units { feature, mean: scale.mean, sd: scale.sd });
    let document = Document {
        file: told.args.data.display().to_string(),
        rows: table.data.rows(),
        count: table.count.as_deref(),
        size: table.data.size(),
        label: &table.label,
        classes: &table.classes,
        features: &table.features,
        standardized: table.standardized.then(|| units.collect()),
        experts: problem.shape.experts,
        gate_map: problem.gate_map.to_string(),
        half_width: problem.box_bound,
        seed: told.task.seed,
        starts: told.task.starts,
        log_likelihood: fitted.log_likelihood,
        parameter_count: problem.shape.parameters(),
        aic: fitted.aic(),
        bic: fitted.bic(table.data.size()),
        fit_seconds: told.seconds,
        certificate: certificate(told),
        parameters: parameters(told),
        second_maximum: fitted.second.as_ref().map(second_maximum),
        warnings: &told.remarks,
    };
    serde_json::to_string_pretty(&document).unwrap_or_else(|e| format!("{{\"error\": \"{e}\"}}"))
}

fn certificate(told: &Told<'_>) -> Certificate {
    let (fitted, certificate) = (told.fitted, &told.fitted.certificate);
    let doubt = fitted.doubt();
    Certificate {
        status: if doubt.is_none() { "certified" } else { "uncertified" },
        extent: told.extent().map(Extent::name),
        reason: doubt.unwrap_or_default(),
        score: certificate.score,
        gain: certificate.gain,
        curvature: certificate.curvature,
        at_box: fitted.box_hits(),
        searches: fitted.effort.searches,
        searches_at_best: fitted.effort.agreeing,
        starts: fitted.effort.starts,
        starts_at_best: certificate.hits,
        gap: certificate.gap,
        stop: certificate.stop.to_string(),
        passes: fitted.effort.passes,
    }
}

fn second_maximum(second: &Second) -> SecondMaximum {
    SecondMaximum {
        log_likelihood: second.log_likelihood,
        gap: second.gap,
        starts: second.starts,
        stop: second.stop.to_string(),
        largest_probability_difference: second.probabilities,
        estimates: second.measure.parameters(),
    }
}

fn parameters(told: &Told<'_>) -> Vec<Parameter> {
    let values = told.fitted.measure.parameters();
    let errors = told.fitted.errors.iter().zip(&told.untrusted);
    let named = words::names(told).into_iter().zip(values).zip(errors);
    named
        .map(|(((part, term), estimate), (error, untrusted))| {
            let (standard_error, note) = match error {
                StandardError::Value(error) if *untrusted => (Some(*error), words::UNTRUSTED),
                StandardError::Value(error) => (Some(*error), ""),
                StandardError::AtBox => (None, "at the box"),
                StandardError::Undetermined => (None, "not determined"),
            };
            Parameter { part, term, estimate, standard_error, note }
        })
        .collect()
}
