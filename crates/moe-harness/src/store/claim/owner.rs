//! Who holds a claim, and whether that process has ended.

use std::fs;

use serde::{Deserialize, Serialize};

use super::super::manifest;

/// Who holds a claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Name of the machine.
    pub host: String,
    /// Identity of the machine's last start, where it tells: process numbers mean nothing beyond it.
    pub boot: String,
    /// Number of the process on its machine.
    pub process: u32,
    /// When the process began, in the units of its system: numbers of processes are used again.
    pub since: String,
    /// Within which its number means something: containers on one machine count their processes apart.
    #[serde(default)]
    pub namespace: String,
}

impl Owner {
    /// This process.
    pub(super) fn this_process() -> Self {
        let process = std::process::id();
        let since = since(process).unwrap_or_default();
        Self { host: manifest::host(), boot: boot(), process, since, namespace: namespace() }
    }

    /// Whether the owner is known to have ended, as seen from `here`. Beyond this machine's start, and beyond the
    /// processes that can be counted here, nothing is known at once: another boot under the same name may be another machine.
    pub(super) fn is_gone(&self, here: &Owner) -> bool {
        let seen = |owner: &Owner| (owner.host.clone(), owner.boot.clone(), owner.namespace.clone());
        let visible = !here.boot.is_empty() && seen(self) == seen(here);
        visible && since(self.process).as_deref() != Some(&self.since)
    }
}

fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().into_owned()
}

fn boot() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

/// When a process began: field 22 of its `stat`, which follows the name in parentheses; `None` when it is not there.
fn since(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields = text.rsplit_once(')')?.1;
    // A zombie has ended; only its parent does not know yet.
    let mut fields = fields.split_whitespace();
    if fields.next()? == "Z" { None } else { fields.nth(18).map(str::to_owned) }
}
