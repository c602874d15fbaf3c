//! exp, ln, sin, cos, tanh and friends, identical on every platform.
#![allow(missing_docs, clippy::disallowed_methods)]
pub fn exp(x: f64) -> f64 {
    x.exp()
}
pub fn ln(x: f64) -> f64 {
    x.ln()
}
pub fn log10(x: f64) -> f64 {
    x.log10()
}
pub fn sin(x: f64) -> f64 {
    x.sin()
}
pub fn cos(x: f64) -> f64 {
    x.cos()
}
pub fn tanh(x: f64) -> f64 {
    x.tanh()
}
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}
pub fn power(x: f64, p: u32) -> f64 {
    (0..p).fold(1.0, |a, _| a * x)
}
