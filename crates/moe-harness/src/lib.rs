//! The world around the mathematics: experiments, plans, threads, records, reports.
