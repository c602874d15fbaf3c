//! What a user looks at: figures, the report as a page and as tables, the log, the watch.

mod kinds;
mod open;
mod pages;
mod replications;
mod report;
mod stopping;
mod watching;

use std::fs;

use crate::program::{DOUBLES, Desk, edited};

/// A panel of the doubles.
const PANEL: &str = "\n[[panel]]\ntitle = \"Known <rates> & 100 % | of_them\"\ncurve = [\n  { cell = \"exact\", arm = \
                     \"half\", quantity = \"d1\", statistic = \"median\", theory = -0.5 },\n  { cell = \"exact\", arm = \
                     \"half\", quantity = \"d1\", statistic = \"mean\", theory = -0.5 },\n]\n";

fn doubles() -> Desk {
    let file = format!("{DOUBLES}{PANEL}");
    let hostile = "title = \"Three <script>alert(1)</script> & $rates_ \\\\input{x}\"";
    let desk = Desk::with(&[("doubles.toml", &edited(&file, "title = \"Three known rates\"", hostile))]);
    desk.moe("run doubles.toml --out run", 0);
    desk
}

fn read(desk: &Desk, name: &str) -> String {
    fs::read_to_string(desk.path(name)).unwrap()
}

/// Every text of a figure, joined.
fn texts(svg: &str) -> String {
    let texts = svg.split("<desc>").skip(1).filter_map(|t| t.split("</desc>").next());
    texts.map(str::trim).collect::<Vec<_>>().join(" ")
}
