//! Whether a plan fits the memory and the disk that are there, before a cycle is spent on it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::experiment::{Arm, Cell, Experiment};
use crate::pilot::bytes_of_row;
use crate::plan::{self, Item, Plan};
use crate::quantities::Quantities;
use crate::quantity::Kind;
use crate::record::{FittedRow, Record, RowKey, Seconds, StartRow, Status};
use crate::store::{Identity, bytes_of_part};

/// Share of the free memory that a plan may take: the rest of the machine needs some.
const SHARE: f64 = 0.8;
/// Bytes that a planned replication takes while it is sorted, counted and looked up.
const PLANNED: u64 = 3 * size_of::<Item>() as u64;

/// What a machine has to give, in bytes; `None` where it does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory that is free.
    pub memory: Option<u64>,
    /// Disk that is free for this user where the run folder is, or will be.
    pub disk: Option<u64>,
}

impl Limits {
    /// Those of this machine now, for a run folder that may not be there yet.
    pub fn here(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_default();
        let there = folder.ancestors().find(|path| path.exists());
        let disk = there.and_then(|path| rustix::fs::statvfs(path).ok());
        let disk = disk.map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        Self { memory: free_memory(), disk }
    }
}

/// Bytes of memory that this process may still take: what is free on the machine, and in the groups of processes that
/// it is put into (containers, jobs of a cluster), where they tell.
fn free_memory() -> Option<u64> {
    [free_on_machine(), free_in_groups(Path::new("/sys/fs/cgroup"))].into_iter().flatten().min()
}

/// The least that is left in the control groups of this process and those above them; of both versions.
fn free_in_groups(root: &Path) -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let places = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?.trim_start_matches('/'));
        match controllers {
            "" => Some((root.to_path_buf(), path, "memory.max", "memory.current")),
            several if several.split(',').any(|one| one == "memory") => {
                Some((root.join("memory"), path, "memory.limit_in_bytes", "memory.usage_in_bytes"))
            }
            _ => None,
        }
    });
    places.flat_map(|(root, path, limit, used)| left_above(&root, path, limit, used)).min()
}

/// What is left of the limit of a group and of each above it, up to `root`; groups without a limit say nothing.
fn left_above(root: &Path, path: &str, limit: &str, used: &str) -> Vec<u64> {
    let number = |file: std::path::PathBuf| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    // Pages of files that nobody has used lately are given back when memory is short.
    let spare = |folder: &Path| {
        let text = std::fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
        let of =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
        of("total_inactive_file ").or_else(|| of("inactive_file ")).unwrap_or(0)
    };
    let taken = |folder: &Path| number(folder.join(used)).unwrap_or(0).saturating_sub(spare(folder));
    let group = root.join(path);
    let above = group.ancestors().take_while(|folder| folder.starts_with(root));
    above.filter_map(|folder| Some(number(folder.join(limit))?.saturating_sub(taken(folder)))).collect()
}

/// Bytes of memory that are free on this machine, where it tells.
fn free_on_machine() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// What a plan needs, in bytes. Rows are measured on an example of each (cell, arm), written by the encoder of parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Memory of the data sets that are fitted at one time.
    pub data: u64,
    /// Memory of all planned rows, when the report reads them.
    pub rows: u64,
    /// Disk of the parts that are not there yet.
    pub disk: u64,
}

impl Need {
    /// What `todo`, written in blocks of `block` replications and measured on `threads` threads, and the report of the
    /// whole experiment need.
    pub fn new(experiment: &Experiment, todo: &Plan, threads: usize, block: u64) -> Self {
        let size = experiment.sizes.last().copied().unwrap_or(0);
        let pairs =
            experiment.cells.iter().flat_map(|cell| experiment.arms.iter().map(move |arm| (cell, arm)));
        let fitted = pairs.filter(|(cell, arm)| plan::runs_in(arm, cell));
        let data = fitted.map(|(cell, arm)| plan::memory(cell, arm, size)).max().unwrap_or(0);
        let mut counts: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for item in &todo.items {
            *counts.entry((item.cell, item.arm)).or_default() += 1;
        }
        let identity = Identity::current(&experiment.name, experiment.seed);
        let mut need = Self { data: data.saturating_mul(threads as u64), rows: 0, disk: 0 };
        for (c, cell) in experiment.cells.iter().enumerate() {
            for (a, arm) in experiment.arms.iter().enumerate().filter(|(_, arm)| plan::runs_in(arm, cell)) {
                let replications = plan::replications(experiment, arm);
                let length = block.min(replications);
                let example = example(cell, arm, size, length);
                let all = (experiment.sizes.len() as u64).saturating_mul(replications);
                let of_row = bytes_of_row(&example[0]) + PLANNED;
                need.rows = need.rows.saturating_add(all.saturating_mul(of_row));
                // The example is made to be encoded: it always can be.
                let part = bytes_of_part(&identity, &example).unwrap_or(0);
                let todo = counts.get(&(c, a)).copied().unwrap_or(0);
                need.disk = need.disk.saturating_add(todo.saturating_mul(part).div_ceil(length));
            }
        }
        need
    }

    /// The memory of a run: while it measures, or when it reports, whichever is more.
    pub fn memory(&self) -> u64 {
        self.data.max(self.rows)
    }

    /// # Errors
    /// A message with the numbers and what can be done, when the plan does not fit.
    pub fn fits(&self, limits: &Limits) -> Result<(), String> {
        let usable = limits.memory.map_or(u64::MAX, |free| (free as f64 * SHARE) as u64);
        let free = bytes(limits.memory.unwrap_or(0));
        let mut wants = Vec::new();
        if self.data > usable {
            wants.push(format!(
                "the data sets of the largest size need about {} of memory on all threads together, and {free} are \
                 free; use fewer --threads, smaller sizes, or a grid law, whose data are counts",
                bytes(self.data)
            ));
        }
        if self.rows > usable {
            wants.push(format!(
                "the report of all rows needs about {} of memory, and {free} are free; plan fewer replications or sizes",
                bytes(self.rows)
            ));
        }
        if let Some(disk) = limits.disk.filter(|disk| self.disk > *disk) {
            wants.push(format!(
                "the rows that are to be measured need about {} on the disk, and {} are free there; make room, name a \
                 folder on another disk with --out, or plan fewer replications or arms with fewer starts",
                bytes(self.disk),
                bytes(disk)
            ));
        }
        if wants.is_empty() { Ok(()) } else { Err(format!("the plan does not fit: {}", wants.join("\n"))) }
    }
}

/// Whether the plan itself can be made, which every verb does that is about a plan.
///
/// # Errors
/// A message with the numbers.
pub fn can_be_planned(experiment: &Experiment, memory: Option<u64>) -> Result<(), String> {
    let planned = plan::count(experiment);
    let needed = planned.saturating_mul(PLANNED);
    match memory {
        Some(free) if needed > (free as f64 * SHARE) as u64 => Err(format!(
            "the plan does not fit: {planned} replications need about {} of memory to be planned alone, and {} are \
             free; plan fewer replications or sizes",
            bytes(needed),
            bytes(free)
        )),
        _ => Ok(()),
    }
}

/// The same for this machine.
///
/// # Errors
/// As [`can_be_planned`].
pub fn can_be_planned_here(experiment: &Experiment) -> Result<(), String> {
    can_be_planned(experiment, free_memory())
}

/// A number of bytes for people.
pub fn bytes(count: u64) -> String {
    let count = count as f64;
    let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB")];
    let (unit, name) = units.into_iter().find(|(unit, _)| count >= *unit).unwrap_or((1e3, "kB"));
    format!("{:.1} {name}", count / unit)
}

/// Rows of the form that a (cell, arm) has, full of numbers that do not compress.
fn example(cell: &Cell, arm: &Arm, size: u64, replications: u64) -> Vec<Record> {
    let mut state = 0_u64;
    let mut noise = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..replications).map(|replication| example_row(cell, arm, size, replication, &mut noise)).collect()
}

fn example_row(
    cell: &Cell,
    arm: &Arm,
    size: u64,
    replication: u64,
    noise: &mut dyn FnMut() -> f64,
) -> Record {
    let shape = cell.scenario.fitted_shape();
    let mut list = |length: usize| (0..length).map(|_| noise()).collect::<Vec<f64>>();
    let cells = (0..cell.scenario.true_experts()).map(|_| {
        let numbers = list(Kind::ALL.len());
        Quantities::new(|kind| kind.per_atom().then_some(numbers[kind as usize]))
    });
    let cells = cells.collect();
    let starts = (0..plan::starts(arm, cell)).map(|index| StartRow {
        index,
        kind: "insertion".into(),
        log_likelihood: list(1)[0],
        iterations: (64.0 * list(1)[0]) as u32,
        passes: (64.0 * list(1)[0]) as u32,
        stop: "score".into(),
        origin: Vec::new(),
        parameters: list(shape.parameters()),
    });
    let starts = starts.collect();
    let numbers = list(Kind::ALL.len());
    let fit = FittedRow {
        log_likelihood: list(1)[0],
        parameters: list(shape.parameters()),
        score: list(1)[0],
        gain: list(1)[0],
        curvature: list(1)[0],
        at_box: "0".repeat(shape.parameters()).into(),
        hits: 1,
        gap: Some(list(1)[0]),
        stop: "score".into(),
        passes: (4096.0 * list(1)[0]) as u64,
        alignment: list(shape.dim),
        assignment: vec![0; shape.experts],
        alignment_exact: true,
        quantities: Quantities::new(|kind| Some(numbers[kind as usize])),
        density_errors: [list(1)[0], list(1)[0], list(1)[0]],
        evaluation_rule: "exact sum over the support".into(),
        cells,
    };
    Record {
        key: RowKey { cell: cell.hash, arm: arm.hash, size, replication },
        cell_name: cell.name.as_str().into(),
        arm_name: arm.name.as_str().into(),
        truth: cell.scenario.truth.hash(),
        status: Status::Certified,
        reason: "".into(),
        fit: Some(fit),
        log_likelihood_truth: list(1)[0],
        log_likelihood_exact: Some(list(1)[0]),
        starts,
        seconds: Seconds { sample: list(1)[0], fit: list(1)[0], score: list(1)[0] },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_counted_in_thousands() {
        let words = [999, 1_000_000, 23_540_000_000, 3_000_000_000_000].map(bytes);
        assert_eq!(words, ["1.0 kB", "1.0 MB", "23.5 GB", "3.0 TB"]);
    }

    /// A heap profile of the report of Figure 1 found 1470 bytes a row, three quarters of them with three experts.
    #[test]
    fn a_row_takes_what_a_report_was_seen_to_hold() {
        let text = include_str!("../../../experiments/fig1.toml");
        let loaded = crate::load::parse("fig1.toml", text, &crate::load::Overrides::default()).unwrap();
        let (cells, arm) = (&loaded.experiment.cells, &loaded.experiment.arms[0]);
        let of = |cell: &Cell| example(cell, arm, 1000, 1).remove(0);
        let [exact, over] = [of(&cells[0]), of(&cells[1])];
        assert!((1250..1650).contains(&bytes_of_row(&over)), "{}", bytes_of_row(&over));
        assert!(bytes_of_row(&exact) < bytes_of_row(&over));
        let failed = Record { fit: None, ..over.clone() };
        assert!(bytes_of_row(&failed) < bytes_of_row(&over) / 2);
    }

    #[test]
    fn groups_of_processes_have_limits() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("jobs/task");
        std::fs::create_dir_all(&inner).unwrap();
        let write = |folder: &Path, limit: &str, used: &str| {
            std::fs::write(folder.join("memory.max"), limit).unwrap();
            std::fs::write(folder.join("memory.current"), used).unwrap();
        };
        write(dir.path(), "1000\n", "100\n");
        write(&dir.path().join("jobs"), "max\n", "100\n");
        write(&inner, "300\n", "400\n");
        let left = |path| left_above(dir.path(), path, "memory.max", "memory.current");
        assert_eq!(left("jobs/task"), [0, 900]);
        assert_eq!(left("jobs"), [900]);
        assert_eq!(left("elsewhere"), [900]);
    }
}
