//! The world around the mathematics: experiments, plans, threads, records, reports.

pub mod quantity;
pub mod record;
pub mod store;
