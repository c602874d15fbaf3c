//! Memory: the largest of this process since it was last asked to forget it, where the system tells (Linux), and that
//! of records.

use crate::record::Record;

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
    let fit = record.fit.as_ref().map_or(0, |fit| {
        let cells = fit.cells.iter().map(|cell| size_of_val(cell) + 8 * cell.len());
        8 * (fit.parameters.len() + fit.alignment.len() + fit.assignment.len() + fit.quantities.len())
            + cells.sum::<usize>()
    });
    (size_of::<Record>() + record.reason.len() + fit) as u64
}
