//! The report as a page, as Markdown and as tables for LaTeX.

use moe_harness::aggregate::value;
use moe_harness::quantity::{Kind, Quantity};

use super::{PANEL, doubles, read};
use crate::program::{Desk, NEWTON};

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
        records.iter().filter(|r| &*r.arm_name == "half" && r.key.size == size).collect()
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
