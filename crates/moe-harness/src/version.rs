//! What this program is: version, revision, compiler, and the versions that results depend on.

use moe_core::numeric::NUMERICS_VERSION;
use moe_core::stream::STREAMS_SCHEMA;

use crate::store::SCHEMA_VERSION;
use crate::wire;

/// The revision it was built from; `None` when it was built from elsewhere than a checkout.
pub fn revision() -> Option<&'static str> {
    Some(env!("MOE_REVISION")).filter(|revision| !revision.is_empty())
}

/// Version and revision, in one line.
pub fn short() -> String {
    let revision = revision().map_or(String::new(), |r| {
        let (hash, rest) = r.split_at(r.len().min(12));
        format!(" ({hash}{})", if rest.ends_with("-modified") { "-modified" } else { "" })
    });
    format!("{}{revision}", env!("CARGO_PKG_VERSION"))
}

/// The same with the compiler and every version that results depend on.
pub fn long() -> String {
    let compiler = [env!("MOE_RUSTC"), env!("MOE_TARGET")].into_iter().filter(|w| !w.is_empty());
    let compiler = compiler.collect::<Vec<_>>().join(", ");
    format!(
        "{}\nrevision    {}\ncompiler    {compiler}\n{}",
        env!("CARGO_PKG_VERSION"),
        revision().unwrap_or("unknown: not built from a checkout"),
        versions()
    )
}

/// The versions that results depend on: rows are shared where they are equal.
pub fn versions() -> String {
    format!(
        "numbers     numerics {NUMERICS_VERSION}, streams {STREAMS_SCHEMA}\nformats     run folders {SCHEMA_VERSION}, experiment files {}",
        wire::FORMAT
    )
}
