//! The gate: claims of every kind, all of them together, looks, planned sizes, what other programs are told.

mod calibrated;
mod caveats;
mod family;
mod incomplete;
mod kinds;
mod looks;
mod output;
mod planned;
mod remarks;

/// A claim on the first arm of the doubles in their only cell, with these lines in it.
pub(crate) fn claim(name: &str, arm: &str, lines: &str) -> String {
    format!(
        "\n[[claim]]\nname = \"{name}\"\ncell = \"exact\"\narm = \"{arm}\"\nquantity = \"d1\"\nlevel = 0.9\n\
         source = \"test\"\n{lines}\n"
    )
}

/// The doubles without their claims, with these instead.
pub(crate) fn doubles(claims: &[String]) -> String {
    let bare = crate::program::DOUBLES.split("[[claim]]").next().unwrap();
    format!("{bare}{}", claims.concat())
}
