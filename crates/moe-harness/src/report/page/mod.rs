//! The report as one page of HTML that needs nothing beside itself: no network, no other file.

use super::escape::html as escaped;
use super::gate::Standing;
use super::{Origin, Report, arms, blocks, claims, format, gallery, stability, text, together, view};
use crate::aggregate::Rows;
use crate::figure::{self, Format, chart};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
pub(super) fn html(report: &Report<'_>, rows: &Rows<'_>, origin: &Origin) -> String {
    let experiment = report.experiment;
    let sections = [
        verdict(report),
        figures(report, rows, origin),
        slopes(report),
        certificates(report),
        cost(report),
        provenance(report, origin),
        replaying(report, origin),
    ];
    let links: String = sections
        .iter()
        .map(|s| format!("<li><a href=\"#{}\">{}</a></li>", s.id, escaped(s.heading)))
        .collect();
    let body: String = sections.iter().map(Section::html).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<link \
         rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" \
         href=\"#verdict\">To the verdict</a>\n<header>\n<h1>{title}</h1>\n<p class=\"question\">{}</p>\n<p \
         class=\"source\">{}</p>\n<nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n</header>\n<main>\n{body}</main>\n{TOLD}\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        escaped(&experiment.question),
        escaped(&experiment.source),
        title = escaped(&experiment.title),
    )
}

/// What a point says when it is asked.
const TOLD: &str = "<aside id=\"told\" hidden aria-label=\"The point that was asked\">\n<p></p>\n<p><code></code></p>\n\
                    <p><output aria-live=\"polite\"></output></p>\n<button type=\"button\">Close</button>\n</aside>\n";

struct Section {
    id: &'static str,
    heading: &'static str,
    content: String,
}

impl Section {
    fn html(&self) -> String {
        let Self { id, heading, content } = self;
        format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{heading}</h2>\n{content}</section>\n"
        )
    }
}

fn verdict(report: &Report<'_>) -> Section {
    let gate = report.gate();
    let count = |wanted: Standing| gate.standings.iter().filter(|s| **s == wanted).count();
    let all = report.claims.len();
    let (so, against) = (count(Standing::AsExpected), count(Standing::Contradicted));
    let (class, sign, words) = if report.missing > 0 {
        (
            "open",
            "…",
            format!(
                "Incomplete: {} planned rows are missing. What follows is of those that are there.",
                report.missing
            ),
        )
    } else if all == 0 {
        ("open", "·", "The experiment makes no claim.".to_owned())
    } else if against > 0 {
        let words = if all == 1 {
            "The claim's verdict contradicts what was expected.".to_owned()
        } else {
            format!("The verdicts of {against} of {all} claims contradict what was expected.")
        };
        ("bad", "✗", words)
    } else if so == all {
        let words = if all == 1 {
            "The claim stands as expected.".to_owned()
        } else {
            format!("All {all} claims stand as expected.")
        };
        ("good", "✓", words)
    } else if all == 1 {
        (
            "open",
            "?",
            "The claim is open: it is neither as expected nor is a contradiction confirmed.".to_owned(),
        )
    } else {
        (
            "open",
            "?",
            format!(
                "{so} of {all} claims stand as expected, no contradiction is confirmed, {} open.",
                all - so
            ),
        )
    };
    let mut content = format!(
        "<p class=\"banner {class}\"><span aria-hidden=\"true\">{sign}</span> {}</p>\n",
        escaped(&words)
    );
    if all > 0 {
        content += &blocks::html(&text::claims(report));
        content += "<details><summary>Why each verdict is what it is</summary>\n";
        content += &blocks::html(&claims::reasons(report));
        content += "</details>\n";
        content += &blocks::html(&together::sentences(report));
    }
    Section { id: "verdict", heading: "Claims and verdict", content }
}

fn figures(report: &Report<'_>, rows: &Rows<'_>, origin: &Origin) -> Section {
    let mut content = String::new();
    if report.panels.is_empty() {
        content += "<p>The experiment has no panel.</p>\n";
    } else {
        let rates = view::figure(report, rows, &origin.replays, &|_| true);
        let slopes = view::slopes(report, rows, &|_| true);
        content += "<p class=\"hint\">Point at a marker, or reach it with the tab key, to see what it stands for; click \
                    it, or press Enter, for the command that replays its nearest replication.</p>\n";
        content += &picture(&figure::draw(&rates, Format::Screen).svg_part("drawn-rates-"), "Rates");
        content += "<details><summary>The slopes over the sizes</summary>\n";
        content += &picture(
            &figure::draw(&slopes, Format::Screen).svg_part("drawn-slopes-"),
            "Slopes over the sizes",
        );
        content += "</details>\n";
        content += &replications(report, rows, origin);
    }
    Section { id: "figures", heading: "Figures", content }
}

/// Every replication for itself, in a part that is opened by whoever looks for the one that went wrong.
fn replications(report: &Report<'_>, rows: &Rows<'_>, origin: &Origin) -> String {
    let Some(sheet) = gallery::replications(report, rows, &origin.replays) else { return String::new() };
    let drawn = chart::draw(&sheet, Format::Screen).svg_part("drawn-replications-");
    format!(
        "<details class=\"crowd\"><summary>Replication by replication</summary>\n<p class=\"hint\">Every point is a \
         replication. The tab key reaches each figure, arrow keys go from point to point.</p>\n{}</details>\n",
        picture(&drawn, "Replication by replication")
    )
}

fn picture(svg: &str, name: &str) -> String {
    format!("<figure class=\"wide\" tabindex=\"0\" aria-label=\"{name}\">\n{svg}</figure>\n")
}

fn slopes(report: &Report<'_>) -> Section {
    let mut content = String::new();
    for panel in &report.panels {
        content +=
            &format!("<h3>{}</h3>\n{}", escaped(panel.title), blocks::html(&text::curves(report, panel)));
        content += &blocks::html(&text::open(panel));
        content += &blocks::html(&arms::of_arms(report, &panel.arms));
        content += &blocks::html(&stability::floors(panel));
        content += "<details><summary>Local slopes, and slopes with the smallest sizes left out</summary>\n";
        content += &blocks::html(&stability::sizes(panel));
        content += "</details>\n";
    }
    if !report.panels.is_empty() {
        content += "<h3>What the slopes depend on</h3>\n";
        content += &blocks::html(&stability::logarithms(report.experiment));
        content += &blocks::html(&stability::ways(report));
    }
    Section { id: "slopes", heading: "Slopes with intervals", content }
}

fn certificates(report: &Report<'_>) -> Section {
    let content = blocks::html(&text::fits(report));
    Section { id: "certificates", heading: "Certificates and failures", content }
}

fn cost(report: &Report<'_>) -> Section {
    let rows: u64 = report.arms.iter().map(|a| a.fits.rows).sum();
    let passes: u64 = report.arms.iter().map(|a| a.fits.passes).sum();
    let seconds: f64 = report.arms.iter().map(|a| a.fits.seconds).sum();
    let content = format!(
        "<p>{rows} rows, {passes} passes over data; all replications together took {}.</p>\n",
        escaped(&format::duration(seconds))
    );
    Section { id: "cost", heading: "Cost", content }
}

fn provenance(report: &Report<'_>, origin: &Origin) -> Section {
    let experiment = report.experiment;
    let profile = experiment.profile.as_deref().unwrap_or("none");
    let sizes: Vec<String> = experiment.sizes.iter().map(|n| format::size(*n)).collect();
    let facts = [
        ("experiment", experiment.name.clone()),
        ("master seed", experiment.seed.to_string()),
        ("profile", profile.to_owned()),
        ("replications", experiment.replications.to_string()),
        ("sizes", sizes.join(", ")),
        ("level of intervals", experiment.inference.level.to_string()),
        ("digest of the records", report.digest.clone()),
        ("run folder", origin.replays.folder.clone()),
    ];
    let facts = facts.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escaped(&value)));
    let mut content = format!("<dl>\n{}</dl>\n", facts.concat());
    if !origin.manifests.is_empty() {
        content += &blocks::html(&origin.writers());
        content += &format!(
            "<details><summary>The experiment as it was run</summary>\n<pre class=\"wide\" tabindex=\"0\">{}</pre>\n</details>\n",
            escaped(origin.experiment())
        );
    }
    Section { id: "provenance", heading: "Provenance", content }
}

fn replaying(report: &Report<'_>, origin: &Origin) -> Section {
    let experiment = report.experiment;
    let place = report.arms.iter().find(|a| a.fits.rows > 0).or(report.arms.first());
    let example = place.zip(experiment.sizes.first()).map(|(a, n)| {
        let (cell, arm) = (&experiment.cells[a.cell].name, &experiment.arms[a.arm].name);
        origin.replays.command(cell, arm, *n, 0)
    });
    let example = example
        .map_or(String::new(), |e| format!("<pre class=\"wide\" tabindex=\"0\">{}</pre>\n", escaped(&e)));
    let content = format!(
        "<p>Every replication can be measured again, bit for bit, and is held against its row:</p>\n{example}<p>With \
         <code>--trace</code> it shows every start, with <code>--data FILE</code> it writes the data set, with \
         <code>--parameters FILE</code> the fit.</p>\n"
    );
    Section { id: "replay", heading: "How to replay any point", content }
}
