//! Pilot fits that are no maxima, or not shown to be: what is predicted from them is doubtful.

use crate::aggregate::{Fits, Place, Rows};
use crate::counted::counted;
use crate::pilot::Pilot;
use crate::report::text::significant;

/// One warning for each (cell, arm) with such fits, and what follows; empty where there are none.
pub(super) fn doubts(pilot: &Pilot) -> String {
    let rows = pilot.rows();
    let warnings: String =
        rows.pairs().into_iter().filter_map(|(cell, arm)| of_pair(&rows, cell, arm)).collect();
    if warnings.is_empty() {
        return warnings;
    }
    format!(
        "{warnings}Spreads, widths and needed replications rest on these fits too, so they may be far off. Unless such an arm is \
         meant to stop early, give it more starts or iterations, and make the pilot again.\n"
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
            "warning: {bad} of {} of {} in {} ({share} %) are doubtful: {failed} failed, {uncertified} not certified{over}\n",
            counted(all, "pilot fit"),
            experiment.arms[arm].name,
            experiment.cells[cell].name
        )
    })
}
