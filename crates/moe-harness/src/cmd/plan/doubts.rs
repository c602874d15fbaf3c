//! Pilot fits that are no maxima, or not shown to be: what is predicted from them is doubtful.

use crate::aggregate::{Fits, Place, Rows};
use crate::counted::{counted, is_or_are};
use crate::pilot::Pilot;
use crate::report::MENDS;
use crate::report::text::significant;

/// One warning for each (cell, arm) with such fits, and what follows; empty where there are none.
pub(super) fn doubts(pilot: &Pilot) -> String {
    let rows = pilot.rows();
    let told = rows.pairs().into_iter().filter_map(|(cell, arm)| Some((arm, of_pair(&rows, cell, arm)?)));
    let (arms, warnings): (Vec<usize>, String) = told.unzip();
    if arms.is_empty() {
        return warnings;
    }
    let meant = arms.iter().any(|arm| rows.experiment().arms[*arm].method.ends_on_the_score());
    let mends = if meant { format!(": {MENDS}") } else { String::new() };
    format!(
        "{warnings}Spreads, widths and needed replications rest on these fits too, so they may be far off{mends}.\n"
    )
}

fn of_pair(rows: &Rows<'_>, cell: usize, arm: usize) -> Option<String> {
    let Fits { rows: all, certified, uncertified, failed, .. } = rows.fits(cell, arm);
    let bad = all - certified;
    let experiment = rows.experiment();
    let share = significant(100.0 * bad as f64 / all as f64, 2);
    let over = rows.too_many_failures(&Place { cells: vec![cell], arm }, 0).map_or(String::new(), |_| {
        let limit = experiment.inference.failure_limit;
        format!("; as many in the run leave claims about them undecided (failure_limit = {limit})")
    });
    (bad > 0).then(|| {
        format!(
            "warning: {bad} of {} of {} in {} ({share} %) {} doubtful: {failed} failed, {uncertified} not certified{over}\n",
            counted(all, "pilot fit"),
            experiment.arms[arm].name,
            experiment.cells[cell].name,
            is_or_are(bad)
        )
    })
}
