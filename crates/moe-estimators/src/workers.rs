//! Who does the parts of one piece of work: workers side by side, or one alone.
//!
//! Threads are the caller's affair. All that is known here is how many workers there are, and a function that does two
//! things, both at once or one after the other. What is divided is divided in the same way whoever does it, or adds up to
//! the same whatever the parts, so no value depends on the workers.

/// One of two things to be done.
pub type Half<'a> = &'a mut (dyn FnMut() + Send);

/// Rows for each worker, at least: fewer are done sooner than they are handed over.
const ROWS_EACH: usize = 1 << 14;

/// Workers that share one fit, at most: each needs scratch space, which for many logits is megabytes, and a machine with more has more
/// than one fit to do.
const MOST: usize = 8;

/// Workers that share the passes over many rows.
///
/// ```
/// use moe_estimators::workers::Workers;
///
/// let threads = Workers::new(2, |one, other| {
///     std::thread::scope(|scope| {
///         scope.spawn(one);
///         other();
///     });
/// });
/// assert_eq!((threads.count(), Workers::ALONE.count()), (2, 1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Workers {
    count: usize,
    both: fn(Half<'_>, Half<'_>),
}

impl Workers {
    /// One worker, on the thread where the work is.
    pub const ALONE: Self = Self {
        count: 1,
        both: |one, other| {
            one();
            other();
        },
    };

    /// `count` workers; `both` does two things, in any order or at once, and returns when both are done. A thing to be done may hand
    /// over two in its turn, and there may be more of them than workers.
    pub const fn new(count: usize, both: fn(Half<'_>, Half<'_>)) -> Self {
        Self { count, both }
    }

    /// How many there are; at least one.
    pub fn count(self) -> usize {
        self.count.max(1)
    }

    /// As many of them as share what is done with `rows` rows.
    pub(crate) fn for_rows(self, rows: usize) -> Self {
        let count = self.count.min(MOST).min(rows / ROWS_EACH);
        if count > 1 { Self { count, ..self } } else { Self::ALONE }
    }

    /// Does every part.
    pub(crate) fn each<T: Send>(self, parts: &mut [T], work: &(impl Fn(&mut T) + Sync)) {
        match parts {
            [] => {}
            [part] => work(part),
            parts => {
                let (some, others) = parts.split_at_mut(parts.len() / 2);
                (self.both)(&mut || self.each(some, work), &mut || self.each(others, work));
            }
        }
    }
}
