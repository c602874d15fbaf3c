//! The world around the mathematics: experiments, plans, threads, records, reports.

pub mod aggregate;
mod certify;
pub mod cmd;
pub mod diagnostic;
pub mod earlier;
pub mod experiment;
pub mod figure;
pub mod fit;
pub mod judge;
pub mod load;
pub mod measure;
mod nearest;
pub mod pilot;
pub mod plan;
mod progress;
pub mod quantity;
pub mod record;
pub mod report;
pub mod run;
mod score;
pub mod source;
pub mod store;
pub mod table;
mod truth_starts;
pub mod wire;
