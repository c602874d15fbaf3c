//! The tests of the harness from outside, in one binary.

mod experiment_file;
