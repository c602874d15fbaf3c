//! The losses and distances from outside: hand-computed values, invariances, and brute force.

// The oracles are written with the platform's functions on purpose: they share no code with the program.
#![allow(clippy::disallowed_methods, unreachable_pub)]

mod brute_force;
mod cells;
mod definition;
mod density;
mod invariance;
mod values;
