//! Memory: the largest of this process since it was last asked to forget it, where the system tells (Linux), and that
//! of records.

use crate::record::Record;

/// Bytes of a row beside its record: its digest and part while they are sorted, its places in lists by key and by size.
const BESIDE: usize = 32 + 8 + 2 * size_of::<&Record>();

/// Bytes that each list or text takes beside what is in it.
const HEADER: usize = 16;

/// Starts the count again; says whether the system could.
pub(super) fn forget_peak() -> bool {
    std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

/// The largest resident memory since then, in bytes.
pub(super) fn peak() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Bytes that a report needs for a record, which it reads without its starts.
pub(crate) fn of_row(record: &Record) -> u64 {
    let text = |text: &str| 2 * HEADER + text.len();
    let numbers = |count: usize| HEADER + 8 * count;
    let fit = record.fit.as_ref().map_or(0, |fit| {
        let cells = fit.cells.iter().map(|cell| size_of_val(cell) + numbers(cell.len()));
        let lists = [fit.parameters.len(), fit.alignment.len(), fit.assignment.len(), fit.quantities.len()];
        text(&fit.at_box) + lists.map(numbers).iter().sum::<usize>() + HEADER + cells.sum::<usize>()
    });
    (size_of::<Record>() + BESIDE + text(&record.reason) + fit) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantities::Quantities;
    use crate::record::{FittedRow, RowKey, Seconds, Status};

    fn record(parameters: usize, cells: usize) -> Record {
        let of_cell = Quantities::new(|kind| kind.per_atom().then_some(1.0));
        let fit = FittedRow {
            log_likelihood: -1.0,
            parameters: vec![0.0; parameters],
            score: 0.0,
            gain: 0.0,
            curvature: 1.0,
            at_box: "0".repeat(parameters).into(),
            hits: 1,
            gap: None,
            stop: "converged".into(),
            passes: 1,
            alignment: vec![0.0; 2],
            assignment: vec![0; 3],
            alignment_exact: true,
            quantities: Quantities::new(|_| Some(1.0)),
            density_errors: [0.0; 3],
            evaluation_rule: "by hand".into(),
            cells: vec![of_cell; cells],
        };
        Record {
            key: RowKey { cell: [0; 32], arm: [0; 32], size: 1, replication: 0 },
            cell_name: "cell".into(),
            arm_name: "arm".into(),
            truth: [0; 32],
            status: Status::Certified,
            reason: "".into(),
            fit: Some(fit),
            log_likelihood_truth: -1.0,
            log_likelihood_exact: None,
            starts: Vec::new(),
            seconds: Seconds::default(),
        }
    }

    /// A heap profile of the report of Figure 1 found 1470 bytes a row; a report of 70,000 rows of a smaller model peaked
    /// 1290 bytes a row above one of 14,000.
    #[test]
    fn a_row_takes_what_a_report_was_seen_to_hold() {
        let of_figure_1 = of_row(&record(15, 2));
        assert!((1250..1650).contains(&of_figure_1), "{of_figure_1}");
        let failed = Record { fit: None, ..record(15, 2) };
        let (of_cell, of_parameter) =
            (of_row(&record(15, 3)) - of_figure_1, of_row(&record(16, 2)) - of_figure_1);
        assert!(of_row(&failed) < of_figure_1 / 2 && of_cell > 100 && of_parameter == 9);
    }
}
