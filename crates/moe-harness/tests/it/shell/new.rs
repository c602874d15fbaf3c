//! `moe new`: every template is an experiment that is read and planned without a warning.

use clap::ValueEnum;
use moe_harness::cmd::new::Template;
use moe_harness::load::{self, Overrides};

use crate::program::Desk;
use crate::shipped::says_what_is_often_zero;

fn templates() -> Vec<String> {
    let name = |t: &Template| t.to_possible_value().unwrap().get_name().to_owned();
    Template::value_variants().iter().map(name).collect()
}

#[test]
fn every_template_is_read_and_planned_without_a_warning() {
    for template in templates() {
        let desk = Desk::with(&[]);
        let said = desk.moe(&format!("new mine --from {template}"), 0);
        assert!(said.out.contains("moe plan mine.toml --explain"), "{}", said.out);
        let text = std::fs::read_to_string(desk.path("mine.toml")).unwrap();
        assert!(text.contains("name = \"mine\"") && !text.contains("template"), "{template}\n{text}");
        assert!(text.starts_with("# "), "{template} begins with a remark");
        for profile in [None, Some("smoke".to_owned())] {
            let overrides = Overrides { profile, ..Overrides::default() };
            let loaded = load::parse("mine.toml", &text, &overrides).unwrap();
            assert!(loaded.warnings.is_empty(), "{template}: {}", loaded.warnings);
            says_what_is_often_zero(&loaded.experiment, &text);
        }
        let said = desk.moe("plan mine.toml", 0);
        assert_eq!(said.err, "", "{template}");
    }
    assert!(templates().len() >= 4);
}

#[test]
fn nothing_is_overwritten() {
    let desk = Desk::with(&[("mine.toml", "mine")]);
    let said = desk.moe("new mine", 2);
    said.complains(&["mine.toml is there already", "choose another name"]);
    assert_eq!(std::fs::read_to_string(desk.path("mine.toml")).unwrap(), "mine");
}

#[test]
fn a_path_names_folder_and_experiment() {
    let desk = Desk::with(&[]);
    std::fs::create_dir(desk.path("studies")).unwrap();
    desk.moe("new studies/first.toml", 0);
    let text = std::fs::read_to_string(desk.path("studies/first.toml")).unwrap();
    assert!(text.contains("name = \"first\"") && text.contains("moe plan studies/first.toml"), "{text}");
}
