//! The machine, described for whoever reads a table.

use std::process::Command;

/// Processor, cores, instructions, compiler, and how busy others keep the machine.
pub(crate) fn describe() -> String {
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.into());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.and_then(|out| String::from_utf8(out.stdout).ok());
    let load = std::fs::read_to_string("/proc/loadavg").ok();
    let load = load.and_then(|text| text.split_whitespace().next().map(str::to_owned));
    format!(
        "Machine: {processor}, {cores} logical cores, {} on {}; {}; load average before: {}",
        moe_estimators::likelihood::instruction_set(),
        std::env::consts::OS,
        compiler.as_deref().map_or("rustc unknown", str::trim),
        load.as_deref().unwrap_or("unknown")
    )
}

/// What follows `name:` in a file of the system.
pub(crate) fn field(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}
