//! The tests of the harness from outside, in one binary.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod arms;
mod calibration;
mod catalogue;
mod certificate;
mod coverage;
mod data_fit;
mod determinism;
mod digests;
mod divided;
mod drifting;
mod exhibit;
mod experiment_file;
mod failed_fits;
mod failures;
mod gate;
mod hostile;
mod interrupted;
mod judgement;
mod look;
mod panics;
mod pilot;
mod program;
mod recomputed;
mod refusals;
mod replay;
mod rescored;
mod room;
mod rules_of_change;
mod shell;
mod shipped;
mod slopes;
mod slurm;
mod status;
mod tolerance;
