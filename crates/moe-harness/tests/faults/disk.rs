//! A disk that is full, or becomes read-only half-way: exit code 74, nothing lost, and the run goes on when it is mended.
//! A small file system is mounted for it, which takes root; elsewhere these say that they were skipped.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::program::Desk;
use crate::{FLAGS, ROWS, can, desk, outcome, parts, resumes, start, wait_for_parts};

/// A mounted file system of a few kilobytes, with the run folder in it.
struct Mount(PathBuf);

impl Mount {
    fn new(desk: &Desk, size: &str) -> Option<Self> {
        let path = desk.path("small");
        fs::create_dir(&path).unwrap();
        let place = path.to_str().unwrap();
        can("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", place])
            .then(|| Self(path.clone()))
    }

    fn change(&self, option: &str) -> bool {
        can("mount", &["-o", &format!("remount,{option}"), self.0.to_str().unwrap()])
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        can("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

#[test]
fn a_disk_that_fills_up_ends_the_run_and_loses_nothing() {
    let desk = desk();
    let Some(mount) = Mount::new(&desk, "300k") else { return println!("skipped: mounting takes root") };
    let said = desk.moe(&format!("run {FLAGS} --out small/run"), 2);
    said.complains(&["does not fit", "are free there"]);
    assert!(!desk.path("small/run").exists(), "it is refused before it begins");
    // There is room when it begins; then somebody else takes it.
    assert!(mount.change("size=10m"));
    let mut child = start(&desk, "small/run");
    wait_for_parts(&desk, "small/run", &mut child, 3);
    let _ = fs::write(desk.path("small/other"), vec![1; 10 << 20]);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains("No space left"), "{said}");
    let kept = desk.records("small/run").len();
    assert!(kept > 0 && kept < ROWS, "{kept} rows on a full disk");
    fs::remove_file(desk.path("small/other")).unwrap();
    assert_eq!(desk.records("small/run").len(), kept);
    resumes(&desk, "small/run");
    outcome("disk too small from the start", 1, "refused with the numbers before it begins: exit code 2");
    outcome(
        "disk full half-way",
        1,
        "exit code 74; every finished part kept; same bits when there is space again",
    );
}

#[test]
fn a_folder_that_becomes_read_only_ends_the_run_and_loses_nothing() {
    let desk = desk();
    let Some(mount) = Mount::new(&desk, "100m") else { return println!("skipped: mounting takes root") };
    // Parts of one replication each, so that it lasts: a file that is being written keeps a file system writable.
    let slow = FLAGS.replace("--block 20", "--block 1");
    let mut command = desk.command(&format!("run {slow} --out small/run"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_parts(&desk, "small/run", &mut child, 3);
    while !mount.change("ro") && child.try_wait().unwrap().is_none() {}
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    let kept = desk.records("small/run").len();
    assert!(parts(&desk, "small/run").len() >= 3 && kept < ROWS);
    assert!(mount.change("rw"));
    resumes(&desk, "small/run");
    outcome(
        "folder read-only half-way",
        1,
        "exit code 74; every finished part kept; same bits when it can be written",
    );
}
