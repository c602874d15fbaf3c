//! The verdicts as JUnit XML, which continuous integration shows: one test case a claim.
//!
//! The form is the intersection of what the schema of Apache Ant's JUnit task (as written down by Windy Road) and that
//! of Jenkins' xUnit plugin accept. Nothing in it depends on when it is written.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::gate::Standing;
use super::{ClaimReport, Report, text, together};

/// When and where the judged rows were last written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// UTC, `YYYY-MM-DDThh:mm:ss`; anything after it is left out.
    pub time: String,
    /// Name of the machine.
    pub host: String,
}

/// The verdicts of a report. A contradicted expectation is a failure; a verdict that is missing or not confirmed is an
/// error. The time of a case is that of the rows it rests on, in seconds of wall time added up over threads.
///
/// # Errors
/// Never: it is written to memory.
pub fn xml(report: &Report<'_>, stamp: &Stamp) -> io::Result<String> {
    let gate = report.gate();
    let count =
        |wanted: &[Standing]| gate.standings.iter().filter(|s| wanted.contains(s)).count().to_string();
    let (tests, failures) = (report.claims.len().to_string(), count(&[Standing::Contradicted]));
    let errors = count(&[Standing::Undecided, Standing::NotConfirmed]);
    let time = seconds(report.arms.iter().map(|a| a.fits.seconds).sum());
    let (name, host) = (clean(&report.experiment.name), clean(&stamp.host));
    let moment = stamp.time.get(..19).unwrap_or("1970-01-01T00:00:00");
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("testsuites").write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attributes([
            ("id", "0"),
            ("package", "moe"),
            ("name", name.as_str()),
            ("timestamp", moment),
            ("hostname", if host.is_empty() { "unknown" } else { &host }),
            ("tests", tests.as_str()),
            ("failures", failures.as_str()),
            ("errors", errors.as_str()),
            ("time", time.as_str()),
        ]);
        suite.write_inner_content(|writer| {
            properties(writer, report)?;
            for (claim, standing) in report.claims.iter().zip(&gate.standings) {
                case(writer, report, claim, *standing)?;
            }
            let out = clean(&format!("{}{}", text::claims(report), together::sentences(report)));
            writer.create_element("system-out").write_text_content(BytesText::new(&out))?;
            writer.create_element("system-err").write_text_content(BytesText::new(""))?;
            Ok(())
        })?;
        Ok(())
    })?;
    let mut text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

fn properties(writer: &mut Writer<Vec<u8>>, report: &Report<'_>) -> io::Result<()> {
    let (experiment, gate) = (report.experiment, report.gate());
    let look = experiment.look().map_or("none".to_owned(), |(look, of)| format!("{} of {of}", look + 1));
    let mut all = vec![
        ("title", experiment.title.clone()),
        ("seed", experiment.seed.to_string()),
        ("replications", experiment.replications.to_string()),
        ("look", look),
        ("family_level", gate.family_level.to_string()),
        ("digest", report.digest.clone()),
        ("exit_code", report.check_code().to_string()),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    all.extend(experiment.profile.clone().map(|p| ("profile", p)));
    writer.create_element("properties").write_inner_content(|writer| {
        for (name, value) in all {
            let value = clean(&value);
            writer
                .create_element("property")
                .with_attributes([("name", name), ("value", value.as_str())])
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn case(
    writer: &mut Writer<Vec<u8>>,
    report: &Report<'_>,
    judged: &ClaimReport<'_>,
    standing: Standing,
) -> io::Result<()> {
    let claim = judged.claim;
    let arms = claim.cell.names().iter().filter_map(|cell| report.arm(cell, &claim.arm));
    let time = seconds(arms.map(|a| a.fits.seconds).sum());
    let class = clean(&report.experiment.name);
    let element = writer.create_element("testcase").with_attributes([
        ("classname", class.as_str()),
        ("name", claim.name.as_str()),
        ("time", time.as_str()),
    ]);
    let (kind, word) = match standing {
        Standing::AsExpected => return element.write_empty().map(|_| ()),
        Standing::Contradicted => ("failure", "contradicted"),
        Standing::NotConfirmed => ("error", "not confirmed"),
        Standing::Undecided => ("error", "undecided"),
    };
    let message = clean(&format!("{} {}: {word}", claim.quantity, text::statement(claim)));
    let reason = clean(&format!("{}\nSource of the claim: {}", judged.judgement.reason, claim.source));
    element.write_inner_content(|writer| {
        let problem = writer.create_element(kind);
        let problem = problem.with_attributes([("message", message.as_str()), ("type", word)]);
        problem.write_text_content(BytesText::new(&reason))?;
        Ok(())
    })?;
    Ok(())
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

/// A text without the characters that XML 1.0 has no way to write.
fn clean(text: &str) -> String {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
    text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect()
}
