//! How to fit: from data and starting points to a certified maximum-likelihood fit.
//!
//! Nothing here ever sees a truth, a file, the environment or a thread. Near-truth starts are made by
//! the harness and handed over as plain starting points.

pub mod estimator;
pub mod stop;
