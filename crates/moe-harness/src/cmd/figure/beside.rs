//! Why `--kind stopping` has nothing to compare, when what it compares was left out by --cell or --arm.

use crate::report::Report;
use crate::report::gallery::Ask;

/// The reason, where the choice of cells and arms is the reason; names that are not in the experiment are told elsewhere.
pub(super) fn reason(report: &Report<'_>, ask: &Ask) -> Option<String> {
    let experiment = report.experiment;
    let cells_known = ask.cells.iter().all(|name| experiment.cells.iter().any(|cell| cell.name == *name));
    let arms_known = ask.arms.iter().all(|name| experiment.arms.iter().any(|arm| arm.name == *name));
    let all = compared(report);
    if all.is_empty() || !cells_known || !arms_known {
        return None;
    }
    let wanted = |cell: &str| ask.cells.is_empty() || ask.cells.iter().any(|name| name == cell);
    let here: Vec<_> = all.iter().filter(|(cell, _)| wanted(cell)).collect();
    if here.is_empty() {
        let cells: Vec<&str> = all.iter().map(|(cell, _)| *cell).collect();
        return Some(format!(
            "--cell {}: no panel shows it fitted by several arms; there are: {}",
            ask.cells.join(","),
            cells.join(", ")
        ));
    }
    let asked = |arm: &&str| ask.arms.iter().any(|name| name == arm);
    if ask.arms.is_empty() || here.iter().any(|(_, arms)| arms.iter().filter(|a| asked(a)).count() > 1) {
        return None;
    }
    let there: Vec<String> =
        here.iter().map(|(cell, arms)| format!("{} in {cell}", arms.join(", "))).collect();
    Some(format!(
        "--arm {}: this kind of figure holds arms side by side, and in no cell does it leave two of them; name two or more, or \
         leave --arm out. Side by side there are: {}",
        ask.arms.join(","),
        there.join("; ")
    ))
}

/// The cells that panels show with several arms, each with these arms, in the order of the panels.
fn compared<'a>(report: &'a Report<'_>) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for slope in report.panels.iter().flat_map(|panel| &panel.arms) {
        let cell = report.experiment.cells[slope.cell].name.as_str();
        let arm = report.experiment.arms[slope.arm].name.as_str();
        match all.iter_mut().find(|(name, _)| *name == cell) {
            Some((_, arms)) if arms.contains(&arm) => {}
            Some((_, arms)) => arms.push(arm),
            None => all.push((cell, vec![arm])),
        }
    }
    all
}
