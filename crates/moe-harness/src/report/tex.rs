//! The tables of the report for a paper in LaTeX: plain `tabular` with the rules of `booktabs`.

use super::blocks::{Block, blocks};
use super::format::per_cent;
use super::{Report, escape, fits, stability, text};

/// All tables, each a `table` with caption and label.
pub(super) fn tables(report: &Report<'_>) -> String {
    let experiment = report.experiment;
    let mut out = format!(
        "% Tables of the experiment {}, made by moe report from the records with digest\n% {}\n% They need \
         \\usepackage{{booktabs}} and, where they are wide, \\usepackage{{graphicx}}.\n",
        experiment.name, report.digest
    );
    if !report.claims.is_empty() {
        let caption = format!("Claims and verdicts: {}", experiment.title);
        out += &table(&text::claims(report), &caption, &format!("{}-claims", experiment.name));
    }
    for (i, panel) in report.panels.iter().enumerate() {
        let level = per_cent(experiment.inference.level);
        let open = stability::opened(panel).join("; ");
        let open = if open.is_empty() { open } else { format!(". Intervals without an end: {open}") };
        let caption = format!("Slopes with {level} % intervals: {}{open}", panel.title);
        out +=
            &table(&text::curves(report, panel), &caption, &format!("{}-slopes-{}", experiment.name, i + 1));
    }
    let caption = format!("Fits and their certificates: {}", experiment.title);
    out + &table(&fits::all(report), &caption, &format!("{}-fits", experiment.name))
}

/// The first table of a text of ours.
fn table(markdown: &str, caption: &str, label: &str) -> String {
    let found = blocks(markdown).into_iter().find_map(|b| match b {
        Block::Table(head, rows) => Some((head, rows)),
        _ => None,
    });
    let Some((head, rows)) = found else { return String::new() };
    let line = |cells: &[String]| cells.iter().map(|c| cell(c)).collect::<Vec<_>>().join(" & ") + " \\\\\n";
    let body: String = rows.iter().map(|r| line(r)).collect();
    let columns = "l".repeat(head.len());
    let (open, close) = if head.len() > 6 { ("\\resizebox{\\linewidth}{!}{%\n", "}\n") } else { ("", "") };
    format!(
        "\n\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\label{{tab:{label}}}\n{open}\\begin{{tabular}}{{{columns}}}\n\
         \\toprule\n{}\\midrule\n{body}\\bottomrule\n\\end{{tabular}}\n{close}\\end{{table}}\n",
        escape::latex(caption),
        line(&head)
    )
}

/// A cell; powers of ten are set as such.
fn cell(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let power = word.strip_prefix("10^").filter(|e| e.chars().all(|c| c.is_ascii_digit() || c == '-'));
        match power {
            Some(exponent) if !exponent.is_empty() => format!("$10^{{{exponent}}}$"),
            _ => escape::latex(word),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
