//! Which vector instructions the kernels use: the best that the machine has, or those that a comparison asks for. The
//! values never depend on them.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// What this process uses; decided when it is first needed, and never changed after.
static CHOSEN: OnceLock<Instructions> = OnceLock::new();

/// Sets of vector instructions for which the kernels are compiled.
///
/// ```
/// use moe_estimators::instructions::Instructions;
///
/// assert_eq!(Instructions::available()[0], Instructions::Baseline);
/// assert!(Instructions::available().contains(&Instructions::in_use()));
/// assert_eq!("avx2".parse(), Ok(Instructions::Avx2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instructions {
    /// What every processor of the target has; fused multiply-adds are computed, slowly.
    Baseline,
    /// 256 bits, fused multiply-adds (x86-64-v3).
    Avx2,
    /// 512 bits (x86-64-v4).
    Avx512,
    /// 128 bits (aarch64).
    Neon,
}

impl Instructions {
    const ALL: [Self; 4] = [Self::Baseline, Self::Avx2, Self::Avx512, Self::Neon];

    /// Those that this machine has; the baseline first.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|set| set.arch().is_some()).collect()
    }

    /// Those that this process uses.
    pub fn in_use() -> Self {
        *CHOSEN.get_or_init(|| Self::of(pulp::Arch::new()))
    }

    /// Makes this process use these and no others; to be called before anything is computed.
    ///
    /// # Errors
    /// A message when the machine has not got them, or when others are in use already.
    pub fn choose(self) -> Result<(), String> {
        if self.arch().is_none() {
            let there: Vec<String> = Self::available().iter().map(Self::to_string).collect();
            return Err(format!("this machine has no {self}; it has: {}", there.join(", ")));
        }
        let used = *CHOSEN.get_or_init(|| self);
        if used == self { Ok(()) } else { Err(format!("{used} is in use already")) }
    }

    /// What they are called in manifests.
    pub fn description(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "x86-64-v3 (AVX2, FMA)",
            Self::Avx512 => "x86-64-v4 (AVX-512)",
            Self::Neon => "aarch64 (NEON)",
        }
    }

    fn of(arch: pulp::Arch) -> Self {
        match format!("{arch:?}") {
            name if name.starts_with("V4") => Self::Avx512,
            name if name.starts_with("V3") => Self::Avx2,
            name if name.starts_with("Neon") => Self::Neon,
            _ => Self::Baseline,
        }
    }

    /// The door to them; `None` where the machine has not got them.
    pub fn arch(self) -> Option<pulp::Arch> {
        match self {
            Self::Baseline => Some(pulp::Arch::Scalar),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::try_new().map(pulp::Arch::V3),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::try_new().map(pulp::Arch::V4),
            _ => Some(pulp::Arch::new()).filter(|arch| Self::of(*arch) == self),
        }
    }
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
        })
    }
}

impl FromStr for Instructions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = Self::ALL.into_iter().find(|set| set.to_string() == text);
        all.ok_or_else(|| "the sets of instructions are baseline, avx2, avx512 and neon".to_owned())
    }
}

/// The door to the instructions in use.
pub(crate) fn arch() -> pulp::Arch {
    Instructions::in_use().arch().unwrap_or_default()
}
