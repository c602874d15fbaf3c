//! What the theory of mixture-of-experts rates speaks about: models, draws, losses, rates, verdicts.
//!
//! Pure mathematics: nothing here knows a file, the environment, a clock, a thread or a terminal.
//! *The paper* is Nguyen, Akbarian, Nguyen, Ho, "A General Theory for Softmax Gating Multinomial
//! Logistic Mixture of Experts", ICML 2024 (arXiv 2310.14188).

pub mod content;
pub mod covariate;
pub mod dataset;
pub mod distribution;
pub mod exhibit;
pub mod fisher;
pub mod gate;
pub mod identifiability;
pub mod loss;
pub mod measure;
pub mod model;
pub mod numeric;
pub mod rate;
pub mod sample;
pub mod scenario;
pub mod shape;
pub mod statistic;
pub mod stream;
pub mod verdict;
