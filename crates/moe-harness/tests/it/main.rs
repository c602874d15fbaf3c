//! The tests of the harness from outside, in one binary.

#![allow(clippy::unwrap_used)] // a failed unwrap is a failed test

mod experiment_file;
