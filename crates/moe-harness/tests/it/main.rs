//! The tests of the harness from outside, in one binary.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod arms;
mod calibration;
mod certificate;
mod coverage;
mod determinism;
mod experiment_file;
mod failed_fits;
mod failures;
mod gate;
mod interrupted;
mod judgement;
mod program;
mod recomputed;
mod refusals;
mod replay;
mod shipped;
mod slopes;
mod tolerance;
