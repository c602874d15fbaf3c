//! How to fit: from data and starting points to a certified maximum-likelihood fit.
//!
//! Nothing here ever sees a truth, a file, the environment or a thread. Near-truth starts are made by
//! the harness and handed over as plain starting points.

mod conclude;
pub mod draft;
mod em;
pub mod estimator;
pub mod fixed_point;
pub mod given;
pub mod information;
mod insertion;
pub mod instructions;
mod kernel;
pub mod known_rate;
pub mod likelihood;
mod mm;
pub mod newton;
mod rows;
pub mod search;
pub mod start;
pub mod stop;
mod surrogate;
mod trust_region;
pub mod workers;

pub use conclude::SAME_MAXIMUM;
pub use rows::points_pay;
