//! The world around the mathematics: experiments, plans, threads, records, reports.

pub mod diagnostic;
pub mod experiment;
pub mod figure;
pub mod load;
mod nearest;
pub mod quantity;
pub mod record;
pub mod source;
pub mod store;
pub mod wire;
