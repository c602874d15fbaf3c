//! The world around the mathematics: experiments, plans, threads, records, reports.

pub mod figure;
pub mod quantity;
pub mod record;
pub mod store;
