//! The threads of a pool as workers who share the passes of one fit.

use moe_estimators::workers::Workers;

/// The threads of the pool in which this is called: whoever of them has nothing else to do takes a half. Outside of a pool,
/// this thread alone.
pub fn of_pool() -> Workers {
    match rayon::current_thread_index() {
        Some(_) => Workers::new(rayon::current_num_threads(), |one, other| {
            rayon::join(one, other);
        }),
        None => Workers::ALONE,
    }
}
