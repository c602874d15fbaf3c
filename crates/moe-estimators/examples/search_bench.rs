//! How often the search reaches the best likelihood known, and at what cost, on pilot data of Figure 1's cells.
//!
//! `cargo run --release -p moe-estimators --example search_bench -- FILE [key=value …]`
//!
//! FILE keeps the best log-likelihood known of each data set: it is read, raised where a run finds better,
//! and written back, so that several efforts are held against the same values. Keys: `replications`,
//! `first` (replication), `family` (of starts), `cell` (one of the eight alone), and those of an effort.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use moe_core::covariate::CovariateLaw;
use moe_core::gate::GateMap;
use moe_core::measure::MixingMeasure;
use moe_core::sample::Sampler;
use moe_core::scenario::{Scenario, Truth};
use moe_core::shape::Shape;
use moe_core::stream::{Address, Purpose};
use moe_estimators::estimator::{Estimator, Fit, Problem};
use moe_estimators::search::{Effort, Search};
use moe_estimators::start::StartStreams;
use moe_estimators::stop::StopRule;

/// Master seed of the pilots; no experiment uses it.
const SEED: u64 = 7001;
const SIZES_ON_GRID: [u64; 3] = [1_000, 316_228, 100_000_000];
const SIZES_ON_SQUARE: [u64; 3] = [1_778, 5_623, 31_623];
const STOP: StopRule = StopRule { score: 1e-9, gain: 1e-12, iterations: 500 };
/// A fit that is this close (nats) to the best known has reached it.
const SAME: f64 = 1e-3;

/// A cell of Figure 1 on the grid, or of Figure 1 with continuous covariates.
struct Cell {
    name: String,
    sizes: [u64; 3],
    scenario: Scenario,
}

/// The four cells of Figure 1, then the four with continuous covariates.
fn cells() -> Vec<Cell> {
    let grid = CovariateLaw::Grid { lower: vec![-1.0; 2], upper: vec![1.0; 2], points: vec![21; 2] };
    let square = CovariateLaw::Uniform { lower: vec![-1.0; 2], upper: vec![1.0; 2] };
    let on_grid = cells_on(&grid).into_iter().map(|(name, scenario)| Cell {
        name: name.to_owned(),
        sizes: SIZES_ON_GRID,
        scenario,
    });
    let on_square = cells_on(&square).into_iter().map(|(name, scenario)| Cell {
        name: format!("{name}, square"),
        sizes: SIZES_ON_SQUARE,
        scenario,
    });
    on_grid.chain(on_square).collect()
}

fn cells_on(law: &CovariateLaw) -> Vec<(&'static str, Scenario)> {
    let cell = |fitted, gate_map, values: [f64; 9]| Scenario {
        truth: Truth {
            measure: MixingMeasure::from_parameters(Shape { experts: 2, classes: 2, dim: 2 }, &values),
            gate_map,
            law: law.clone(),
        },
        fitted,
        box_bound: 10.0,
    };
    let distinct = [0.0, 4.0, 0.0, 0.5, 0.0, 4.0, -0.5, 2.0, -4.0];
    let vanishing = [0.0, 4.0, 0.0, 1.0, 0.0, 0.0, -0.5, 2.0, -4.0];
    let matched = [0.0, 1.4, 0.0, 1.0, 0.0, 0.0, -0.5, 2.0, -4.0];
    vec![
        ("exact", cell(2, GateMap::Identity, distinct)),
        ("regime-1", cell(3, GateMap::Identity, distinct)),
        ("regime-2-standard", cell(3, GateMap::Identity, vanishing)),
        ("regime-2-modified", cell(3, GateMap::Sin(3.0), matched)),
    ]
}

/// What the command line asks for.
struct Asked {
    file: String,
    keys: BTreeMap<String, u32>,
}

impl Asked {
    fn read() -> Result<Self, Box<dyn Error>> {
        let mut words = std::env::args().skip(1);
        let file = words.next().ok_or("a file for the best values known comes first")?;
        let mut keys = BTreeMap::new();
        for word in words {
            let (key, value) = word.split_once('=').ok_or("the rest is key=value")?;
            keys.insert(key.to_owned(), value.parse()?);
        }
        Ok(Self { file, keys })
    }

    fn get(&self, key: &str, default: u32) -> u32 {
        self.keys.get(key).copied().unwrap_or(default)
    }

    fn effort(&self) -> Effort {
        Effort {
            random: self.get("random", 7),
            bases: self.get("bases", 4),
            candidates: self.get("candidates", 30),
            insertions: self.get("insertions", 16),
            splits: self.get("splits", 7),
            exchanges: self.get("exchanges", 2),
            screening: self.get("screening", 4),
            rounds: self.get("rounds", 4),
            hits: self.get("hits", 12),
        }
    }
}

/// The best values known, by data set.
struct Known {
    file: String,
    values: BTreeMap<String, f64>,
}

impl Known {
    fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = |l: &str| l.rsplit_once(' ').and_then(|(key, v)| Some((key.to_owned(), v.parse().ok()?)));
        Self { file: file.to_owned(), values: text.lines().filter_map(line).collect() }
    }

    fn raise(&mut self, key: &str, value: f64) {
        let best = self.values.entry(key.to_owned()).or_insert(f64::NEG_INFINITY);
        *best = best.max(value);
    }

    fn write(&self) -> std::io::Result<()> {
        let lines: Vec<String> =
            self.values.iter().map(|(key, value)| format!("{key} {value:e}\n")).collect();
        std::fs::write(&self.file, lines.concat())
    }
}

/// One fit, with what it took.
struct Run {
    key: String,
    fit: Fit,
    seconds: f64,
}

fn run(
    asked: &Asked,
    Cell { name, scenario: cell, .. }: &Cell,
    size: u64,
) -> Result<Vec<Run>, Box<dyn Error>> {
    let sampler = Sampler::new(&cell.truth);
    let problem =
        Problem { shape: cell.fitted_shape(), gate_map: cell.truth.gate_map, box_bound: cell.box_bound };
    let first = asked.get("first", 0);
    let mut runs = Vec::new();
    for replication in (first..first + asked.get("replications", 8)).map(u64::from) {
        let data = sampler.draw(size, SEED, replication);
        let address =
            Address { seed: SEED, purpose: Purpose::Starts, content: cell.hash(), size, replication };
        let streams = StartStreams { address, family: u64::from(asked.get("family", 0)) };
        let clock = Instant::now();
        let fit = Search { effort: asked.effort(), stop: STOP, streams, drafts: asked.get("drafts", 1) == 1 }
            .fit(&data, &problem)
            .map_err(|f| f.reason)?;
        let seconds = clock.elapsed().as_secs_f64();
        runs.push(Run { key: format!("{name}/{size}/{replication}"), fit, seconds });
    }
    Ok(runs)
}

/// One line on the runs of a cell (and size).
fn line(title: &str, runs: &[&Run], known: &Known) {
    let count = runs.len() as f64;
    let reached = |r: &Run| r.fit.log_likelihood >= known.values[&r.key] - SAME;
    let hits = runs.iter().filter(|r| reached(r)).count();
    let mean = |of: &dyn Fn(&Run) -> f64| runs.iter().map(|r| of(r)).sum::<f64>() / count;
    let passes = mean(&|r| r.fit.passes as f64);
    let milliseconds = 1e3 * mean(&|r| r.seconds);
    println!(
        "{title:32} reached {hits:4} of {:4} = {:.3}   passes {passes:6.0}   {milliseconds:7.2} ms",
        runs.len(),
        hits as f64 / count,
    );
}

/// Passes and starts by kind of start, and how many of them reached the best value known.
fn stages(runs: &[&Run], known: &Known) {
    let mut kinds: BTreeMap<&str, [f64; 3]> = BTreeMap::new();
    for run in runs {
        for start in &run.fit.starts {
            let smaller = start.kind.starts_with("smaller");
            let hit = !smaller && start.log_likelihood >= known.values[&run.key] - SAME;
            let row = kinds.entry(&start.kind).or_default();
            row[0] += 1.0;
            row[1] += f64::from(start.passes);
            row[2] += f64::from(u8::from(hit));
        }
    }
    let count = runs.len() as f64;
    for (kind, [starts, passes, hits]) in kinds {
        let (starts, passes, hits) = (starts / count, passes / count, hits / count);
        println!("    {kind:28} starts {starts:6.1}   passes {passes:7.1}   at the best {hits:5.2}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::read()?;
    let mut known = Known::read(&asked.file);
    let only = asked.get("cell", u32::MAX) as usize;
    let mut all = Vec::new();
    for (i, cell) in cells().into_iter().enumerate() {
        if only < 8 && only != i {
            continue;
        }
        for size in cell.sizes {
            let runs = run(&asked, &cell, size)?;
            runs.iter().for_each(|r| known.raise(&r.key, r.fit.log_likelihood));
            all.push((cell.name.clone(), size, runs));
        }
    }
    known.write()?;
    for Cell { name, .. } in cells() {
        let of_cell: Vec<&Run> = all.iter().filter(|a| a.0 == name).flat_map(|a| &a.2).collect();
        if of_cell.is_empty() {
            continue;
        }
        line(&name, &of_cell, &known);
        for (_, size, runs) in all.iter().filter(|a| a.0 == name) {
            line(&format!("  n = {size}"), &runs.iter().collect::<Vec<_>>(), &known);
        }
        stages(&of_cell, &known);
    }
    Ok(())
}
