//! The tests of the harness from outside, in one binary.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod arms;
mod calibration;
mod certificate;
mod coverage;
mod data_fit;
mod determinism;
mod divided;
mod drifting;
mod exhibit;
mod experiment_file;
mod failed_fits;
mod failures;
mod gate;
mod interrupted;
mod judgement;
mod look;
mod pilot;
mod program;
mod recomputed;
mod refusals;
mod replay;
mod rules_of_change;
mod shipped;
mod slopes;
mod tolerance;
