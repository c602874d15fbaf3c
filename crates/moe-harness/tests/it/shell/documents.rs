//! The documents: every relative link leads to a file, and every anchor to a heading.

use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every Markdown file of the repository but those that runs and builds have made.
fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | "runs") && !name.starts_with('.') {
            documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The targets of links and pictures outside of code.
fn links(text: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            prose += line;
            prose.push('\n');
        }
    }
    let ends = prose.split("](").skip(1);
    ends.filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

/// The anchors of a document, as GitHub makes them of headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_start_matches('#').trim());
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings.map(|h| h.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut files = Vec::new();
    documents(&repository(), &mut files);
    assert!(files.len() >= 8, "{files:?}");
    let mut dead = Vec::new();
    let mut followed = 0;
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        for link in links(&text).into_iter().filter(|l| !l.contains("://") && !l.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            let missing = !target.exists();
            let heading = anchor.is_empty()
                || target.extension().is_none_or(|e| e != "md")
                || std::fs::read_to_string(&target).is_ok_and(|t| anchors(&t).iter().any(|a| a == anchor));
            if missing || !heading {
                dead.push(format!("{}: {link}", file.display()));
            }
            followed += 1;
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    assert!(followed > 20, "{followed} links");
}

/// Whoever reads one of the documents finds the others.
#[test]
fn the_documents_know_each_other() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let names =
        ["TUTORIAL", "ARCHITECTURE", "METHODOLOGY", "FORMAT", "BIAS", "CHANGELOG", "docs/PERFORMANCE"];
    for name in names {
        assert!(
            links(&readme).iter().any(|l| l.starts_with(&format!("{name}.md"))),
            "README does not link {name}"
        );
        let text = std::fs::read_to_string(repository().join(format!("{name}.md"))).unwrap();
        let others = links(&text).iter().filter(|l| l.contains(".md")).count();
        assert!(others > 0 || name == "CHANGELOG", "{name} links no other document");
    }
}

/// What a number means, how it is written, how it misleads and what makes it belong together.
#[test]
fn the_references_lead_to_each_other() {
    let names = ["ARCHITECTURE", "METHODOLOGY", "FORMAT", "BIAS", "PERFORMANCE"];
    for name in &names[..4] {
        let text = std::fs::read_to_string(repository().join(format!("{name}.md"))).unwrap();
        for other in names.iter().filter(|other| *other != name) {
            let leads =
                |link: &String| link.split('#').next().is_some_and(|l| l.ends_with(&format!("{other}.md")));
            assert!(links(&text).iter().any(leads), "{name} does not link {other}");
        }
    }
}
