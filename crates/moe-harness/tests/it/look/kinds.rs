//! Every kind of figure in every format; wishes that no figure can fulfil.

use std::fs;

use super::{doubles, read};
use crate::program::NEWTON;

#[test]
fn every_kind_is_written_in_every_format_with_its_data() {
    let desk = doubles();
    for (kind, header) in [
        ("rates", "panel,panel_title,curve,kind,"),
        ("local-slopes", "panel,panel_title,curve,kind,"),
        ("components", "panel,panel_title,curve,kind,"),
        ("moments", "panel,panel_title,curve,kind,"),
        ("atoms", "cell,arm,size,replication,atom,"),
        ("distribution", "cell,arm,size,replication,quantity,value"),
        ("stopping", "cell,quantity,statistic,from,arm,kind,"),
    ] {
        desk.moe(&format!("figure run --kind {kind} --out {kind}.svg"), 0);
        desk.moe(&format!("figure run --kind {kind} --out {kind}.pdf --width double"), 0);
        desk.moe(&format!("figure run --kind {kind} --out {kind}.PNG --width single --dpi 100"), 0);
        let svg = read(&desk, &format!("{kind}.svg"));
        assert!(svg.starts_with("<svg ") && !svg.contains("NaN") && svg.contains("id=\"panel-1\""), "{kind}");
        let pdf = fs::read(desk.path(&format!("{kind}.pdf"))).unwrap();
        let text = String::from_utf8_lossy(&pdf);
        assert!(text.starts_with("%PDF-") && text.contains("/FontFile2"), "{kind}: a PDF with its faces");
        assert!(text.contains("/MediaBox [0 0 493.228"), "{kind}: 174 mm are 493.228 points");
        let png = fs::read(desk.path(&format!("{kind}.PNG"))).unwrap();
        assert_eq!(png[16..20], 331_u32.to_be_bytes(), "{kind}: 84 mm at 100 pixels an inch");
        let csv = read(&desk, &format!("{kind}.csv"));
        assert!(csv.starts_with(header) && csv.lines().count() > 4, "{kind}\n{csv}");
    }
}

/// Data of a figure are replaced by those of another, whatever the two show.
#[test]
fn a_figure_replaces_another() {
    let desk = doubles();
    for kind in ["rates", "atoms", "distribution", "stopping", "rates"] {
        desk.moe(&format!("figure run --kind {kind} --out f.svg"), 0);
    }
    std::fs::write(desk.path("newton.toml"), NEWTON).unwrap();
    desk.moe("run newton.toml --out newton", 0);
    desk.moe("figure newton --kind starts --out f.svg", 0);
    desk.moe("figure newton --kind starts --out f.pdf", 0);
}

#[test]
fn wrong_wishes_are_refused_with_what_would_be_right() {
    let desk = doubles();
    desk.moe("figure run --out f.jpg", 2).complains(&["f.jpg", ".svg, .pdf or .png"]);
    desk.moe("figure run --kind atom --out f.svg", 2).complains(&["did you mean 'atoms'"]);
    desk.moe("figure run --kind atoms --cell exat --out f.svg", 2).complains(&["no cell 'exat'", "exact"]);
    desk.moe("figure run --kind starts --out f.svg", 2).complains(&["several starts"]);
    desk.moe("figure run --kind atoms --x gate[7] --y intercept[0] --out f.svg", 2)
        .complains(&["no coordinate gate[7]", "2 covariates"]);
    desk.moe("figure run --kind atoms --x gate --y intercept[0] --out f.svg", 2)
        .complains(&["write gate[0]"]);
    desk.moe("figure nowhere --out f.svg", 2).complains(&["neither a file nor a folder"]);
    assert!(!desk.path("f.svg").exists());
}
