//! Tells the program what it was built from, for its manifests: git revision, compiler, target.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = package.join("../..");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=MOE_REVISION={}", revision(&root).unwrap_or_default());
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!("cargo::rustc-env=MOE_RUSTC={}", run(&root, &rustc, &["-V"]).unwrap_or_default());
    println!("cargo::rustc-env=MOE_TARGET={}", env::var("TARGET").unwrap_or_default());
}

/// The revision of the checkout at `root`; `None` when it is none (a packaged copy inside another repository is none).
fn revision(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| run(root, "git", arguments);
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    // Built anew after a commit, a checkout, or a change to what is compiled.
    let log = root.join(git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    let sources =
        ["moe-core", "moe-estimators", "moe-harness"].map(|name| root.join("crates").join(name).join("src"));
    for path in sources.iter().chain([&log]).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let revision = git(&["rev-parse", "HEAD"])?;
    let changes =
        git(&["status", "--porcelain", "--untracked-files=no", "--", "crates", "Cargo.toml", "Cargo.lock"])?;
    Some(if changes.is_empty() { revision } else { format!("{revision}-modified") })
}

fn run(dir: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(dir).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
