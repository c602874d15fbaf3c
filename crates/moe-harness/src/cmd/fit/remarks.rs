//! What a reader of a fit must know before believing its numbers.

use moe_core::model::class_probabilities;
use moe_estimators::information::StandardError;
use ndarray::ArrayView1;

use super::extent::holds;
use super::second;
use crate::fit::{AGREEING, Fitted, Separation, Task, boundless_contrasts, separated_classes};
use crate::report::text::significant;
use crate::table::{Cells, Table};

/// Standard deviations of two columns that differ by more than this are in units too different for one box.
const UNEVEN: f64 = 10.0;
/// A column that stands this many standard deviations from 0 moves much of its effect into the intercept.
const FAR: f64 = 10.0;
/// Nats an observation: closer to 0 than this the fit foretells every label.
const FORETOLD: f64 = 1e-3;
/// Names of columns that may hold counts.
const COUNTS: [&str; 6] = ["count", "counts", "n", "freq", "frequency", "frequencies"];

/// What there is to say of a fit.
pub(super) struct Remarks {
    /// The warnings, one sentence or two each.
    pub(super) remarks: Vec<String>,
    /// For each pinned parameter, whether its standard error means nothing, because classes are separated, by a
    /// plane or by the fit itself.
    pub(super) untrusted: Vec<bool>,
}

/// The warnings about a fit.
pub(super) fn remarks(table: &Table, task: &Task, fitted: &Fitted) -> Remarks {
    let mut remarks = Vec::new();
    remarks.extend(scales(table, task));
    let classes = separated_classes(&table.data);
    let foretold = foretells_all(table, task, fitted);
    let untrusted = untrusted(table, task, &classes, foretold);
    remarks.extend(separation(table, &classes, holds(fitted)));
    if foretold && classes.is_empty() {
        remarks.push(format!(
            "the fit foretells every label almost with certainty: it separates the classes, only {} holds its \
             parameters back, and their standard errors mean nothing",
            holds(fitted)
        ));
    }
    remarks.extend(at_the_box(task, fitted, untrusted.contains(&true)));
    if fitted.errors.contains(&StandardError::Undetermined) {
        let message = "the observed information is singular: the data do not determine every parameter; those are \
                       marked 'not determined'. Fewer experts, or columns that are no combination of others, mend it";
        remarks.push(message.to_owned());
    }
    if let Some(doubt) = fitted.doubt() {
        remarks.push(format!("the fit is not certified to be a maximum: {doubt}"));
    }
    remarks.extend(second::remark(fitted));
    let effort = fitted.effort;
    if task.problem.shape.experts > 1 && effort.agreeing < AGREEING {
        remarks.push(format!(
            "only {} of {} independent searches ended at the best value: there may be a better one; raise --starts",
            effort.agreeing, effort.searches
        ));
    }
    Remarks { remarks, untrusted }
}

/// Whether the fit foretells every label almost with certainty: on the mean, and none of them as the less
/// likely one, as it does rare labels of many observations.
fn foretells_all(table: &Table, task: &Task, fitted: &Fitted) -> bool {
    let data = &table.data;
    let mut probabilities = vec![0.0; data.classes];
    let mut likely = |(x, label): (ArrayView1<'_, f64>, &u32)| {
        let x = x.to_vec();
        let m = task.problem.gate_map.apply_all(&x);
        class_probabilities(&fitted.measure, &x, &m, &mut probabilities);
        probabilities[*label as usize] > 0.5
    };
    fitted.log_likelihood > -FORETOLD * data.size() as f64
        && data.x.rows().into_iter().zip(&data.labels).all(&mut likely)
}

/// A column that seems to say how many observations each row stands for, as `moe replay --data` writes it,
/// where none was named.
pub(super) fn unweighted(cells: &Cells) -> Option<String> {
    let column = cells.header().iter().position(|name| COUNTS.contains(&name.to_lowercase().as_str()))?;
    let counts = (0..cells.rows()).map(|row| cells.cell(row, column).trim().parse::<u64>());
    let counts = counts.collect::<Result<Vec<_>, _>>().ok()?;
    (counts.iter().all(|n| *n > 0) && counts.iter().any(|n| *n > 1)).then(|| {
        format!(
            "column '{0}' looks like numbers of observations, but every row was taken for one: say --count {0} if it is",
            cells.header()[column]
        )
    })
}

/// Of which parameters the standard error means nothing. One expert has a row of parameters for each contrast
/// with the reference; of several it is not known which parameters tell the separated classes apart.
fn untrusted(table: &Table, task: &Task, classes: &[(usize, Separation)], foretold: bool) -> Vec<bool> {
    let shape = task.problem.shape;
    if foretold || shape.experts > 1 {
        return vec![foretold || !classes.is_empty(); shape.parameters()];
    }
    let contrasts = boundless_contrasts(&table.data, classes).into_iter();
    contrasts.flat_map(|contrast| std::iter::repeat_n(contrast, shape.dim + 1)).collect()
}

/// Columns whose units do not suit one box for all.
fn scales(table: &Table, task: &Task) -> Option<String> {
    if table.standardized {
        return None;
    }
    let by_sd = |a: &usize, b: &usize| table.scales[*a].sd.total_cmp(&table.scales[*b].sd);
    let (least, most) = ((0..table.scales.len()).min_by(by_sd)?, (0..table.scales.len()).max_by(by_sd)?);
    let (low, high) = (table.scales[least].sd, table.scales[most].sd);
    let number = |value: f64| significant(value, 4);
    let far = table.scales.iter().position(|s| s.mean.abs() > FAR * s.sd);
    let what = if high > UNEVEN * low {
        format!(
            "covariates are in very different units: standard deviation {} of '{}', {} of '{}'",
            number(low),
            table.features[least],
            number(high),
            table.features[most]
        )
    } else if let Some(far) = far {
        let scale = table.scales[far];
        format!(
            "'{}' lies far from 0: mean {}, standard deviation {}",
            table.features[far],
            number(scale.mean),
            number(scale.sd)
        )
    } else if high > UNEVEN || low < 1.0 / UNEVEN {
        let (name, sd) = if high > UNEVEN { (most, high) } else { (least, low) };
        format!("'{}' has standard deviation {}", table.features[name], number(sd))
    } else {
        return None;
    };
    Some(format!(
        "{what}; the box of {} holds for each coefficient in the units of its column, and for intercepts. \
         --standardize puts all columns on one scale",
        task.problem.box_bound
    ))
}

fn separation(table: &Table, separated: &[(usize, Separation)], holds: &str) -> Vec<String> {
    let of = |kind: Separation| {
        let classes = separated.iter().filter(|(_, s)| *s == kind);
        classes.map(|(class, _)| format!("'{}'", table.classes[*class])).collect::<Vec<_>>()
    };
    let sentence = |classes: Vec<String>, how: &str, plane: &str| {
        let (noun, verb) = if classes.len() == 1 { ("class", "is") } else { ("classes", "are each") };
        let names = classes.join(", ");
        (!classes.is_empty()).then(|| {
            format!(
                "{how} separation: {noun} {names} {verb} divided from all others by a plane in the covariates{plane}. \
                 The likelihood has no maximum without the box, so only {holds} holds parameters back that tell them \
                 apart, and their standard errors mean nothing; the fitted probabilities can be used"
            )
        })
    };
    let complete = sentence(of(Separation::Complete), "perfect", "");
    let partial = sentence(of(Separation::Partial), "partial", ", on which some rows lie");
    complete.into_iter().chain(partial).collect()
}

/// Where classes are separated, other remarks say what the standard errors of the other parameters are worth.
fn at_the_box(task: &Task, fitted: &Fitted, separated: bool) -> Option<String> {
    let hits = fitted.box_hits();
    let parameters = fitted.errors.len();
    let (verb, have, them) =
        if hits == 1 { ("stands", "It has", "it") } else { ("stand", "They have", "them") };
    let others = format!(", and those of the others hold only with {them} held there");
    let others = if separated { "" } else { &others };
    (hits > 0).then(|| {
        format!(
            "{hits} of {parameters} parameters {verb} at the box of {}: the likelihood still rises there. {have} no \
             standard error{others}; --box moves the wall",
            task.problem.box_bound
        )
    })
}
