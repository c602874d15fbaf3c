//! What a user looks at: figures, the report as a page and as tables, the log, the watch.

use std::fs;

use moe_core::statistic::Statistic;
use moe_harness::aggregate::{Rows, value};
use moe_harness::figure::Format;
use moe_harness::quantity::{Kind, Quantity};
use moe_harness::report::gallery::{self, Ask};
use moe_harness::report::{Replays, Report};

use crate::program::{DOUBLES, Desk, NEWTON, edited, loaded};

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

/// A choice that leaves nothing to compare is said to be the reason, with what there is.
#[test]
fn one_arm_is_not_side_by_side() {
    let desk = doubles();
    let refused = |flags: &str| desk.moe(&format!("figure run --kind stopping {flags} --out f.svg"), 2).err;
    let one = refused("--arm half");
    assert!(one.contains("--arm half: this kind of figure holds arms side by side"), "{one}");
    assert!(
        one.contains("name two or more") && one.contains("there are: half, quarter, fast in exact"),
        "{one}"
    );
    assert!(!one.contains("no panel"), "{one}");
    assert!(refused("--arm haf").contains("there is no arm 'haf'"));
    desk.moe("figure run --kind stopping --arm half,fast --out f.svg", 0);
    let cell = DOUBLES.split("[[cell]]").nth(1).unwrap().split("[[arm]]").next().unwrap();
    let twin = edited(&edited(cell, "\"exact\"\ntitle", "\"twin\"\ntitle"), "box = 10.0", "box = 12.0");
    let desk = Desk::with(&[("twins.toml", &format!("{DOUBLES}\n[[cell]]{twin}{PANEL}"))]);
    desk.moe("run twins.toml --out run --replications 2", 0);
    let said = desk.moe("figure run --kind stopping --cell twin --out f.svg", 2);
    said.complains(&["--cell twin: no panel shows it fitted by several arms; there are: exact"]);
    std::fs::write(desk.path("bare.toml"), DOUBLES).unwrap();
    desk.moe("run bare.toml --out bare --replications 2", 0);
    let said = desk.moe("figure bare --kind stopping --arm half --out f.svg", 2);
    said.complains(&["no panel shows a cell that several arms fit"]);
}

/// Intervals of claims and of curves stand in one table, each with its own level.
#[test]
fn every_interval_says_its_level() {
    let claim = "\n[[claim]]\nname = \"c\"\ncell = \"exact\"\narm = \"mle\"\nquantity = \"d1\"\nstatistic = \"median\"\n\
                 equals = -0.5\nmargin = 0.3\nlevel = 0.9\nsource = \"own test\"\n";
    let capped = NEWTON.replace("iterations = 100", "iterations = 1");
    let desk = Desk::with(&[("newton.toml", &format!("{capped}{claim}{}", PANEL.replace("half", "mle")))]);
    desk.moe("run newton.toml --out run", 0);
    let report = read(&desk, "run/report/report.md");
    let depend = report.split("What the slopes depend on").nth(1).unwrap();
    let lines: Vec<String> =
        depend.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for begin in
        ["| slope | from n | level |", "| claim c | all | 0.9 |", "| exact d1 median (mle) | all | 0.95 |"]
    {
        assert!(lines.iter().any(|l| l.starts_with(begin)), "{begin}\n{depend}");
    }
}

/// Every text of a figure, joined.
fn texts(svg: &str) -> String {
    let texts = svg.split("<desc>").skip(1).filter_map(|t| t.split("</desc>").next());
    texts.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A panel with the curves of two arms, `half` and `quarter`, and what more each says.
fn both(half: &str, quarter: &str) -> String {
    let curve = |arm: &str, more: &str| {
        format!(
            "  {{ cell = \"exact\", arm = \"{arm}\", quantity = \"d1\", statistic = \"median\"{more} }},\n"
        )
    };
    format!(
        "\n[[panel]]\ntitle = \"both\"\ncurve = [\n{}{}]\n",
        curve("half", half),
        curve("quarter", quarter)
    )
}

/// A claim on the arm `half` of the same series.
fn claim(name: &str, equals: f64, more: &str) -> String {
    format!(
        "\n[[claim]]\nname = \"{name}\"\ncell = \"exact\"\narm = \"half\"\nquantity = \"d1\"\nstatistic = \"median\"\n\
         equals = {equals}\nmargin = 0.1\nlevel = 0.9\nsource = \"own test\"\n{more}"
    )
}

/// The stopping figure of the doubles with these panels and claims: its texts, its drawing, and the stated slopes of the
/// arms half, quarter and fast.
fn stopping(more: &str) -> (String, String, Vec<String>) {
    let own = DOUBLES.split("\n[[claim]]").next().unwrap();
    let desk = Desk::with(&[("doubles.toml", &format!("{own}{more}"))]);
    desk.moe("run doubles.toml --out run", 0);
    desk.moe("figure run --kind stopping --width single --out f.svg", 0);
    let (svg, data) = (read(&desk, "f.svg"), read(&desk, "f.csv"));
    let slopes = data.lines().filter(|l| l.contains(",slope,"));
    (texts(&svg), svg, slopes.map(|l| l.rsplit(',').next().unwrap().to_owned()).collect())
}

/// The only slope that is stated of a series is drawn for all arms, whichever it is stated for, by a panel or a claim; else
/// the chart says that there is none.
#[test]
fn stated_slopes_are_drawn_or_said_to_be_missing() {
    let refuted = "expect = \"disagree\"\nbecause = \"it is a conjecture\"\n";
    for (more, stated, title) in [
        (both("", ", theory = -0.25"), "-0.25", ""),
        (both("", "") + &claim("a", -0.5, ""), "-0.5", ""),
        (both("", "") + &claim("a", -0.5, "") + &claim("b", -0.1, refuted), "-0.5", ""),
        (both("", "") + &claim("a", -0.25, "") + &claim("b", -0.5, ""), "", "no single one is stated"),
        (both("", "") + &claim("a", -0.1, refuted), "", "none is stated"),
        (both("", ""), "", "none is stated"),
    ] {
        let (said, _, slopes) = stopping(&more);
        assert_eq!(slopes, [stated; 3], "{more}");
        assert_eq!(said.contains("slope that panels state"), title.is_empty(), "{said}");
        assert!(!said.contains("for the arm of this row alone"), "{said}");
        for words in ["no single one is stated", "none is stated"] {
            assert_eq!(said.contains(&format!("slope: {words}")), words == title, "{said}");
        }
    }
}

/// Slopes that are stated of several arms are drawn each in the row and the colour of its arm.
#[test]
fn every_arm_has_the_slope_that_is_stated_of_it() {
    let mixed = both("", ", theory = -0.25") + &claim("a", -0.5, "");
    for more in [both(", theory = -0.5", ", theory = -0.25"), mixed] {
        let (said, svg, slopes) = stopping(&more);
        assert_eq!(slopes, ["-0.5", "-0.25", ""], "none is stated of the third, and two of the series");
        assert!(said.contains("for the arm of this row alone"), "{said}");
        assert!(!said.contains("is stated"), "{said}");
        let upright = |colour: &str| {
            let lines = svg
                .lines()
                .filter(|l| l.starts_with("<path ") && l.contains(&format!("stroke=\"{colour}\"")));
            let ends = lines.filter_map(|l| l.split("d=\"M").nth(1)?.split('"').next()?.split_once('L'));
            let across = |point: &str| point.split(' ').next().unwrap().to_owned();
            ends.filter(|(a, b)| !b.contains('L') && across(a) == across(b)).count()
        };
        assert_eq!(["#0072b2", "#d55e00", "#009e73"].map(upright), [1, 1, 0]);
    }
}

/// Gate slopes that the alignment of D_2 lays on the true ones are counted, as no line of them can be seen; where a median is
/// 0 that is said to be why there is no slope, and nowhere else.
#[test]
fn gate_slopes_without_an_error_are_counted() {
    let experiment = loaded(DOUBLES).experiment;
    let desk = doubles();
    let mut records = desk.records("run");
    let ask = Ask { kind: gallery::Kind::Components, cells: vec![], arms: vec!["half".into()], axes: None };
    let mut other_reasons = 0;
    let first = Quantity { kind: Kind::RootGate, atom: Some(0) };
    // Without its smallest size no quantity has a slope; few errors of the first atom are 0 then.
    for whole in [true, false] {
        records.retain(|r| {
            let few = r.key.replication < 3 || value(r, first) != Some(0.0);
            r.arm_name == "half" && (whole || few && r.key.size > experiment.sizes[0])
        });
        let rows = Rows::new(&experiment, &records);
        let report = Report::new(&rows, String::new());
        let replays = Replays { folder: "run".into() };
        let made = gallery::make(&report, &rows, &replays, &ask).unwrap();
        let said = texts(&made.printed(Format::Screen)[0].svg());
        for atom in [0, 1] {
            let gate = Quantity { kind: Kind::RootGate, atom: Some(atom) };
            let errors: Vec<f64> = records.iter().filter_map(|r| value(r, gate)).collect();
            let zero = errors.iter().filter(|v| **v == 0.0).count();
            let zero_median = experiment.sizes.iter().any(|size| {
                let here = records.iter().filter(|r| r.key.size == *size);
                let here: Vec<f64> = here.filter_map(|r| value(r, gate)).collect();
                Statistic::Median.evaluate(&here) == Some(0.0)
            });
            let why = if zero_median { "; no slope is fitted where a median is 0." } else { "." };
            let note = format!("exactly 0 at the alignment of D₂ in {zero} of {} fits{why}", errors.len());
            assert_eq!(said.contains(&note), zero > 0, "{note}\n{said}");
            other_reasons += usize::from(zero > 0 && !zero_median && !whole);
        }
    }
    assert!(other_reasons > 0, "a slope is missing for another reason");
}

/// Fits that failed or are not certified have marks of their own, with their meaning, and their status in the data.
#[test]
fn fits_that_are_no_maxima_are_marked() {
    let capped = NEWTON.replace("iterations = 100", "iterations = 1");
    let panel = PANEL.replace("half", "mle");
    let desk = Desk::with(&[("newton.toml", &format!("{capped}{panel}"))]);
    desk.moe("run newton.toml --out run", 0);
    desk.moe("figure run --kind distribution --arm mle,near --out d.svg", 0);
    let said = texts(&read(&desk, "d.svg"));
    assert!(said.contains("its fit is not certified") && said.contains("its fit failed"), "{said}");
    let csv = read(&desk, "d.csv");
    for status in ["failed", "uncertified"] {
        let records = desk.records("run");
        let shown = records.iter().filter(|r| ["mle", "near"].contains(&r.arm_name.as_str()));
        let stored = shown.filter(|r| r.status.name() == status).count();
        let written = csv.lines().filter(|l| l.contains(",d1,") && l.ends_with(&format!(",{status}")));
        assert!(stored > 0 && written.count() == stored, "{status}");
    }
    let page = read(&desk, "run/report/report.html");
    assert!(page.contains(", failed, d1") || page.contains(", failed, D"), "a point says what became of it");
    let good = doubles();
    good.moe("figure run --kind distribution --out d.svg", 0);
    assert!(!texts(&read(&good, "d.svg")).contains("its fit"), "all are certified");
}

#[test]
fn the_data_of_a_distribution_are_those_of_the_records() {
    let desk = doubles();
    desk.moe("figure run --kind distribution --arm quarter --out d.svg", 0);
    let csv = read(&desk, "d.csv");
    let written: Vec<(u64, u64, f64)> = csv
        .lines()
        .filter(|l| l.starts_with("exact,quarter,") && l.contains(",d1,"))
        .map(|l| {
            let cells: Vec<&str> = l.split(',').collect();
            (cells[2].parse().unwrap(), cells[3].parse().unwrap(), cells[5].parse().unwrap())
        })
        .collect();
    let d1 = Quantity::of_row(Kind::D1);
    let records = desk.records("run");
    let mut stored: Vec<(u64, u64, f64)> = records
        .iter()
        .filter(|r| r.arm_name == "quarter")
        .map(|r| (r.key.size, r.key.replication, value(r, d1).unwrap()))
        .collect();
    stored.sort_by_key(|r| (r.0, r.1));
    assert_eq!(written, stored, "to the last bit");
}

#[test]
fn searches_have_waterfalls() {
    let desk = Desk::with(&[("newton.toml", NEWTON)]);
    desk.moe("run newton.toml --out run", 0);
    desk.moe("figure run --kind starts --out w.svg", 0);
    let csv = read(&desk, "w.csv");
    let deficits: Vec<f64> =
        csv.lines().skip(1).map(|l| l.rsplit(',').next().unwrap().parse().unwrap()).collect();
    assert!(deficits.len() > 20 && deficits.iter().all(|d| *d >= 0.0));
    let best = csv.lines().filter(|l| l.split(',').nth(4) == Some("0")).count();
    assert!(
        best > 0 && deficits.iter().filter(|d| **d == 0.0).count() >= best,
        "the best is not behind itself"
    );
    assert!(read(&desk, "w.svg").contains("same maximum"));
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

#[test]
fn the_page_stands_alone_and_text_of_others_is_text() {
    let desk = doubles();
    let page = read(&desk, "run/report/report.html");
    assert!(page.contains("Three &lt;script&gt;alert(1)&lt;/script&gt; &amp; $rates_"));
    assert!(page.contains("Known &lt;rates&gt; &amp; 100 % | of_them"));
    assert_eq!(page.matches("<script>").count(), 1, "only our own");
    for outside in ["src=", "@import", "url(", "<link rel=\"stylesheet"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let addresses: Vec<_> =
        page.match_indices("http").map(|(i, _)| &page[i..page.len().min(i + 28)]).collect();
    assert!(
        addresses.iter().all(|a| a.starts_with("http://www.w3.org/")),
        "only names of XML: {addresses:?}"
    );
    let places = ["id=\"verdict\"", "id=\"figures\"", "id=\"slopes\"", "id=\"provenance\"", "id=\"replay\""];
    let at: Vec<usize> = places.iter().map(|p| page.find(p).unwrap()).collect();
    assert!(at.is_sorted(), "verdict first: {at:?}");
    let digest = desk.digest("run");
    let hash = digest.split_whitespace().find(|word| word.len() == 64).unwrap();
    assert!(page.contains(hash), "{digest}");
    let told = page.split("data-replay=\"").nth(1).unwrap();
    let command = told.split('"').next().unwrap().strip_prefix("moe ").unwrap();
    assert!(desk.moe(command, 0).out.contains("the same bits as the row"), "{command}");
    let words = page.split("aria-label=\"exact, half, n = ").nth(1).unwrap();
    assert!(words.contains("40 replications: mean "), "{}", &words[..200]);
}

#[test]
fn every_replication_of_the_page_is_one_of_the_records() {
    let desk = doubles();
    let page = read(&desk, "run/report/report.html");
    let crowd = page.split("class=\"crowd\"").nth(1).unwrap();
    let points: Vec<&str> = crowd.split("<g aria-label").skip(1).collect();
    let records = desk.records("run");
    let of_arm = |size: u64| -> Vec<_> {
        records.iter().filter(|r| r.arm_name == "half" && r.key.size == size).collect()
    };
    let sizes = [1000, 10_000, 100_000, 1_000_000];
    let shown: usize = sizes.iter().map(|n| of_arm(*n).len().min(60)).sum();
    assert_eq!(points.len(), shown, "the panel has one place, and each size its replications");
    // The worst replication of every size can be asked, and replayed.
    let d1 = Quantity::of_row(Kind::D1);
    for size in sizes {
        let all = of_arm(size);
        let worst =
            all.iter().max_by(|a, b| value(a, d1).unwrap().total_cmp(&value(b, d1).unwrap())).unwrap();
        let number = worst.key.replication;
        let command =
            format!("moe replay run --cell exact --arm half --size {size} --replication {number}\"");
        let found = points.iter().find(|p| p.contains(&command)).expect("the worst is shown");
        let words = format!("replication {number}, ");
        let last = format!("number {0} of {0} from below", all.len());
        assert!(found.contains(&words) && found.contains(&last), "{found}");
    }
}

#[test]
fn tables_for_a_paper_and_for_a_pull_request_say_the_same() {
    let desk = doubles();
    let (tex, markdown) = (read(&desk, "run/report/tables.tex"), read(&desk, "run/report/report.md"));
    assert!(
        tex.contains("Three $<$script$>$alert(1)$<$/script$>$ \\& \\$rates\\_ \\textbackslash{}input\\{x\\}")
    );
    assert!(
        markdown.starts_with("# Three \\<script\\>alert(1)\\</script\\> \\& $rates\\_ \\\\input{x}\n"),
        "{markdown}"
    );
    assert!(!tex.contains("siunitx") && tex.contains("\\toprule"));
    for environment in ["table", "tabular"] {
        let [begun, ended] =
            ["begin", "end"].map(|w| tex.matches(&format!("\\{w}{{{environment}}}")).count());
        assert!(begun == ended && begun == 3, "claims, slopes, fits");
    }
    let slope = markdown.lines().find(|l| l.starts_with("| exact | half | d1       | median")).unwrap();
    let slope = slope.split('|').nth(6).unwrap().trim().replace('−', "$-$");
    assert!(tex.contains(&slope), "{slope} is not in\n{tex}");
    let rows = tex.lines().filter(|l| l.ends_with("\\\\"));
    assert!(rows.clone().count() > 6 && rows.into_iter().all(|l| l.contains(" & ")));
}

#[test]
fn programs_read_what_happens_and_the_folder_keeps_it() {
    let desk = Desk::with(&[("doubles.toml", DOUBLES)]);
    let said = desk.moe("run doubles.toml --out run --log json", 0);
    let events: Vec<serde_json::Value> =
        said.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.iter().rfind(|e| e["message"] == "progress").unwrap();
    assert_eq!((&last["done"], &last["total"]), (&480.into(), &480.into()), "{last}");
    assert!(last["per_second"].as_f64().unwrap() > 0.0 && last["certified"].is_u64());
    let logs: Vec<_> = fs::read_dir(desk.path("run/log")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(logs.len(), 1);
    let kept = fs::read_to_string(&logs[0]).unwrap();
    assert!(
        kept.lines().count() > 2
            && kept.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok())
    );
    assert!(kept.contains("\"run begun\"") && kept.contains("replications measured in"), "{kept}");
    // Nothing was to be done: nothing is written but the report.
    let again = desk.moe("run doubles.toml --out run", 0);
    assert_eq!(fs::read_dir(desk.path("run/log")).unwrap().count(), 1);
    assert!(!again.err.contains('\u{1b}') && again.err.lines().count() == 1, "quiet: {}", again.err);
}

#[test]
fn a_level_that_is_none_is_told_once() {
    let desk = doubles();
    let said = |level: &str| {
        let output = desk.command("digest run").env("RUST_LOG", level).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for wrong in ["verbose", "moe_harness=loud"] {
        let message = said(wrong);
        assert!(message.contains(wrong) && message.contains("debug, trace"), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    for right in ["warn", "INFO", "moe_harness=error", "2"] {
        assert_eq!(said(right), "", "{right}");
    }
}

#[test]
fn a_watch_sees_what_is_there_and_touches_nothing() {
    let desk = doubles();
    let before = desk.files("run");
    let seen = desk.moe("watch run --once", 0).out;
    assert_eq!(desk.files("run"), before, "it only reads");
    assert!(seen.starts_with("doubles: 480 of 480 rows, complete\n"), "{seen}");
    assert!(seen.lines().all(|l| l.chars().count() <= 80), "{seen}");
    let line = seen.lines().find(|l| l.contains("exact d1 median: ")).unwrap();
    let slope = line.split(": ").nth(1).unwrap().split(", theory").next().unwrap();
    let report = read(&desk, "run/report/report.md");
    assert!(report.contains(slope), "the slope of a complete run is that of the report: {slope}");
    // With the rows of the largest size away, the slope is that of the other sizes, and the gap is seen.
    for entry in fs::read_dir(desk.path("run/rows")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("-n1000000-") {
            fs::remove_file(path).unwrap();
        }
    }
    let seen = desk.moe("watch run --once", 0).out;
    assert!(
        seen.contains("360 of 480 rows") && seen.contains("(3 of 4 sizes)") && seen.contains("(0)"),
        "{seen}"
    );
    desk.moe("watch nowhere --once", 2).complains(&["neither a file nor a folder"]);
}
