//! The tests of the harness from outside, in one binary.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod calibration;
mod coverage;
mod data_fit;
mod determinism;
mod experiment_file;
mod failed_fits;
mod gate;
mod interrupted;
mod judgement;
mod pilot;
mod program;
mod recomputed;
mod refusals;
mod replay;
mod shipped;
mod slopes;
