//! Numbers of things in sentences: `1 row`, `2 rows`.

use std::fmt::Display;

/// A number of things, in words that agree with it. `thing` is a noun in the singular with a regular plural.
///
/// ```
/// use moe_harness::counted::counted;
/// assert_eq!(counted(1, "row"), "1 row");
/// assert_eq!(counted(0, "entry"), "0 entries");
/// assert_eq!(counted(3, "pass"), "3 passes");
/// ```
pub fn counted(count: impl Display, thing: &str) -> String {
    let count = count.to_string();
    let (stem, end) = match thing.as_bytes().last() {
        _ if count == "1" => (thing, ""),
        Some(b'y') => (&thing[..thing.len() - 1], "ies"),
        Some(b's' | b'x') => (thing, "es"),
        _ => (thing, "s"),
    };
    format!("{count} {stem}{end}")
}

/// The verb that agrees with a number of things.
///
/// ```
/// use moe_harness::counted::is_or_are;
/// assert_eq!([0, 1, 2].map(is_or_are), ["are", "is", "are"]);
/// ```
pub fn is_or_are(count: u64) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
