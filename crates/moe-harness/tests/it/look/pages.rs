//! Figures for print that are too high for a page.

use std::fs;

use super::read;
use crate::program::{DOUBLES, Desk, edited};

/// Millimetres that a figure for print is high.
fn high(svg: &str) -> f64 {
    svg.split("height=\"").nth(1).unwrap().split("mm").next().unwrap().parse().unwrap()
}

/// Two cells with six comparisons each: too many for a page.
fn twins() -> Desk {
    let curves: String =
        ["median", "mean", "quantile(0.9)", "quantile(0.8)", "quantile(0.7)", "quantile(0.6)"]
            .iter()
            .map(|s| {
                format!("  {{ cell = \"CELL\", arm = \"half\", quantity = \"d1\", statistic = \"{s}\" }},\n")
            })
            .collect();
    let panel =
        |cell: &str| format!("\n[[panel]]\ntitle = \"{cell}\"\ncurve = [\n{curves}]\n").replace("CELL", cell);
    let cell = DOUBLES.split("[[cell]]").nth(1).unwrap().split("[[arm]]").next().unwrap();
    let twin = edited(&edited(cell, "\"exact\"\ntitle", "\"twin\"\ntitle"), "box = 10.0", "box = 12.0");
    let file = format!("{DOUBLES}\n[[cell]]{twin}{}{}", panel("exact"), panel("twin"));
    let desk = Desk::with(&[("doubles.toml", &file)]);
    desk.moe("run doubles.toml --out run", 0);
    desk
}

/// Comparisons of a cell fit a page; those of several cells that do not come on several.
#[test]
fn arms_side_by_side_fit_pages() {
    let desk = twins();
    let all = desk.moe("figure run --kind stopping --width double --out all.svg", 0);
    assert_eq!(
        all.out.lines().collect::<Vec<_>>(),
        ["all.svg", "all-page-2.svg", "all-page-3.svg", "all-page-4.svg", "all.csv"]
    );
    assert!(!all.err.contains("warning"), "{}", all.err);
    let pages =
        ["all.svg", "all-page-2.svg", "all-page-3.svg", "all-page-4.svg"].map(|page| read(&desk, page));
    assert!(pages.iter().all(|page| high(page) <= 240.0));
    let panels: usize = pages.iter().map(|page| page.matches("id=\"panel-").count()).sum();
    assert_eq!(panels, 24, "two cells, six comparisons, two charts");
    desk.moe("figure run --kind stopping --width double --cell twin --out f.svg", 0);
    let svg = read(&desk, "f.svg");
    assert!(high(&svg) <= 240.0, "{} mm", high(&svg));
    assert!(!desk.path("f-page-2.svg").exists());
    assert!(!svg.contains("slope of sizes"), "all sizes need no words");
}

/// Pages of a longer figure go when a shorter one takes its name, in every format.
#[test]
fn no_page_of_an_earlier_figure_stays() {
    let desk = twins();
    for ending in ["svg", "pdf", "png"] {
        let draw = |more: &str| {
            desk.moe(
                &format!("figure run --kind stopping --width double --dpi 50 {more} --out f.{ending}"),
                0,
            )
        };
        let pages =
            |there: bool| (2..=4).all(|k| desk.path(&format!("f-page-{k}.{ending}")).exists() == there);
        assert!(!draw("").err.contains("removed") && pages(true), "{ending}");
        assert!(!draw("").err.contains("warning"), "its own pages are written over");
        let said = draw("--cell twin");
        said.complains(&[&format!("removed: f-page-2.{ending}"), &format!("removed: f-page-4.{ending}")]);
        assert!(pages(false) && !said.err.contains("warning"), "{ending}\n{}", said.err);
        assert_eq!(said.out.lines().collect::<Vec<_>>(), [&format!("f.{ending}"), "f.csv"]);
    }
}

/// A file that is called like a further page and is none is neither written over nor removed.
#[test]
fn files_of_others_that_are_called_like_pages_stay() {
    let desk = twins();
    let flags = "figure run --kind stopping --width double";
    fs::write(desk.path("f-page-2.svg"), "mine").unwrap();
    desk.moe(&format!("{flags} --out f.svg"), 2)
        .complains(&["f-page-2.svg, which is there and is no further page of a figure"]);
    assert!(!desk.path("f.svg").exists() && !desk.path("f.csv").exists(), "nothing is written");
    desk.moe(&format!("{flags} --cell twin --out f.svg"), 0)
        .complains(&["warning: f-page-2.svg is not of this figure"]);
    assert_eq!(read(&desk, "f-page-2.svg"), "mine");
    desk.moe(&format!("{flags} --out g.svg"), 0);
    desk.moe(&format!("{flags} --cell twin --out g-page-2.svg"), 0);
    let own = read(&desk, "g-page-2.svg");
    let said = desk.moe(&format!("{flags} --cell exact --out g.svg"), 0);
    said.complains(&["warning: g-page-2.svg is not of this figure", "removed: g-page-3.svg"]);
    assert_eq!(read(&desk, "g-page-2.svg"), own, "a figure of its own");
}
