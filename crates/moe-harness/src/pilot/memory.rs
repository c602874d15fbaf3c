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
