//! The shortest time of a piece of work, in rounds over everything that is compared.

use std::time::Instant;

/// Least time between two looks at the clock, in nanoseconds: enough to make the looking negligible, and little
/// enough that some batch escapes whatever else the machine does.
const BATCH: f64 = 20_000.0;

/// A piece of work, how many units it has, and the shortest time that a unit took, in nanoseconds.
pub(crate) struct Measured<'a> {
    run: Box<dyn FnMut() -> f64 + 'a>,
    units: f64,
    /// Runs between two looks at the clock.
    batch: u32,
    /// Nanoseconds a unit.
    pub(crate) best: f64,
}

impl<'a> Measured<'a> {
    /// Work that returns some number of it, so that it cannot be left out.
    pub(crate) fn new(units: usize, run: impl FnMut() -> f64 + 'a) -> Self {
        Self { run: Box::new(run), units: units as f64, batch: 1, best: f64::INFINITY }
    }

    /// Repeats the work in batches for at least so many nanoseconds. On a machine shared with others the shortest
    /// batch of many rounds is the steadiest statistic there is.
    pub(crate) fn round(&mut self, nanoseconds: f64) {
        let (mut elapsed, mut shortest) = (0.0, f64::INFINITY);
        while elapsed < nanoseconds {
            let start = Instant::now();
            for _ in 0..self.batch {
                std::hint::black_box((self.run)());
            }
            let time = start.elapsed().as_nanos() as f64;
            shortest = time.min(shortest);
            self.best = self.best.min(time / f64::from(self.batch) / self.units);
            elapsed += time;
        }
        if shortest < BATCH && self.batch < 1 << 20 {
            self.batch *= 2;
            self.best = f64::INFINITY;
        }
    }
}
