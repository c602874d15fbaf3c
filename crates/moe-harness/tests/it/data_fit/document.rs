//! What a fit says: the JSON document, the tables, the probabilities; and that nothing else moves a number.

use moe_core::measure::MixingMeasure;
use moe_core::model::class_probabilities;
use moe_core::numeric::ln;
use moe_core::shape::Shape;
use serde_json::Value;

use super::{PETALS, SMALL, document, number, shipped};
use crate::program::{Desk, edited};

/// A document without what is no part of a result.
fn timeless(mut document: Value) -> Value {
    for key in ["fit_seconds", "file"] {
        document.as_object_mut().unwrap().remove(key);
    }
    document
}

#[test]
fn the_document() {
    let desk = Desk::with(&[("data.csv", SMALL)]);
    let found = document(&desk, "data.csv --label y --experts 1");
    let keys: Vec<&str> = found.as_object().unwrap().keys().map(String::as_str).collect();
    for key in [
        "file",
        "rows",
        "count",
        "size",
        "label",
        "classes",
        "features",
        "standardized",
        "experts",
        "gate_map",
        "box",
    ]
    .into_iter()
    .chain(["seed", "starts", "log_likelihood", "parameter_count", "aic", "bic", "fit_seconds"])
    .chain(["certificate", "parameters", "second_maximum", "warnings"])
    {
        assert!(keys.contains(&key), "{key} is not in {keys:?}");
    }
    let value = number(&found, "log_likelihood");
    assert!(value < 0.0 && value > -12.0 * ln(2.0) - 1e-12, "{value}");
    assert!((number(&found, "aic") - (6.0 - 2.0 * value)).abs() < 1e-12);
    assert!((number(&found, "bic") - (3.0 * ln(12.0) - 2.0 * value)).abs() < 1e-12);
    assert!(number(&found, "fit_seconds") > 0.0);
    assert_eq!(found["classes"], serde_json::json!(["a", "b"]));
    let parameters = found["parameters"].as_array().unwrap();
    let terms: Vec<&str> = parameters.iter().map(|p| p["term"].as_str().unwrap()).collect();
    assert_eq!(terms, ["intercept", "x1", "x2"]);
    assert!(
        parameters.iter().all(|p| p["part"] == "expert 0, a" && p["standard_error"].as_f64() > Some(0.0))
    );
}

/// Two experts on twelve rows: some parameters are not determined within the box.
#[test]
fn standard_errors_beyond_the_box_are_no_numbers_to_read() {
    let desk = Desk::with(&[("data.csv", SMALL)]);
    let flags = "data.csv --label y --experts 2 --box 1";
    let beyond = |p: &Value| p["standard_error"].as_f64().is_some_and(|error| error > 2.0);
    let parameters = document(&desk, flags)["parameters"].as_array().unwrap().clone();
    let count = parameters.iter().filter(|p| beyond(p)).count();
    assert!(count > 0, "no case of it: {parameters:?}");
    let text = desk.moe(&format!("fit {flags}"), 0).out;
    let singular = parameters.iter().filter(|p| p["note"] == "not determined").count();
    assert_eq!(text.matches("| not determined |").count(), count + singular, "{text}");
    assert_eq!(
        text.matches("not determined: the standard error is larger than the box is wide (2.00)").count(),
        1
    );
    let determined = desk.moe("fit data.csv --label y --experts 1", 0).out;
    assert!(!determined.contains("not determined"), "{determined}");
}

/// Byte order marks, line ends, quotes, blanks, separators and the order of columns are no part of the data.
#[test]
fn spelling_of_the_file_does_not_matter() {
    let windows = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    let quoted = edited(&edited(SMALL, ",a", ", \"a\""), "x1", "\"x1\"").replace(", \"a\"", ",\" a\"");
    let files = [
        ("plain.csv", SMALL.to_owned()),
        ("windows.csv", windows),
        ("quoted.csv", quoted),
        ("blank-lines.csv", SMALL.replace("\n0.9,", "\n\n\n0.9,") + "\n\n"),
        ("semicolons.csv", SMALL.replace(',', ";")),
        ("tabs.csv", SMALL.replace(',', "\t")),
        ("more-columns.csv", SMALL.replace("x1", "id,x1").replace("\n0", "\nr,0").replace("\n-", "\nr,-")),
    ];
    let texts: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let desk = Desk::with(&texts);
    let plain = timeless(document(&desk, "plain.csv --label y --experts 2"));
    for (name, _) in &files[1..] {
        let flags = match *name {
            "semicolons.csv" => "--separator ;",
            "tabs.csv" => "--separator tab",
            "more-columns.csv" => "--features x1,x2",
            _ => "",
        };
        let other = timeless(document(&desk, &format!("{name} --label y --experts 2 {flags}")));
        assert!(other == plain, "{name}\n{other}\n{plain}");
    }
}

/// Equal rows stand together, apart, or as one with a count: the same observations, and the same fit to the last bit. A row
/// fewer is another one.
#[test]
fn equal_rows_may_be_written_out_or_counted() {
    let rows: Vec<(&str, usize)> = SMALL.lines().skip(1).zip((1..=5).cycle()).collect();
    let file = |header: &str, lines: Vec<String>| format!("{header}\n{}\n", lines.join("\n"));
    let together = rows.iter().flat_map(|(row, n)| vec![(*row).to_owned(); *n]).collect();
    let apart =
        (0..5).flat_map(|turn| rows.iter().filter(move |(_, n)| turn < *n)).map(|(row, _)| row.to_string());
    let fewer = rows.iter().map(|(row, n)| format!("{row},{}", n.min(&4))).collect();
    let counted = rows.iter().map(|(row, n)| format!("{row},{n}")).collect();
    let desk = Desk::with(&[
        ("together.csv", &file("x1,x2,y", together)),
        ("apart.csv", &file("x1,x2,y", apart.collect())),
        ("counted.csv", &file("x1,x2,y,n", counted)),
        ("fewer.csv", &file("x1,x2,y,n", fewer)),
    ]);
    for flags in ["--experts 2", "--experts 1 --standardize"] {
        let fit = |flag: &str, file: &str| {
            let mut found = timeless(document(&desk, &format!("{file} --label y {flags} {flag}")));
            let said = found.as_object_mut().unwrap();
            let of_file = [said.remove("rows").unwrap(), said.remove("count").unwrap()];
            (of_file, found)
        };
        let (of_file, counted) = fit("--count n", "counted.csv");
        assert_eq!((of_file, &counted["size"]), ([12.into(), "n".into()], &33.into()));
        let (of_file, together) = fit("", "together.csv");
        assert_eq!(of_file, [33.into(), Value::Null]);
        let near = |a: &Value, b: &Value| (number(a, "bic") - number(b, "bic")).abs() < 1e-9;
        assert!(near(&together, &counted), "{together}\n{counted}");
        assert!(near(&fit("", "apart.csv").1, &counted));
        assert!(!near(&fit("--count n", "fewer.csv").1, &counted));
        if flags.contains("2") {
            assert!(fit("", "apart.csv").1 == together && together == counted, "some bit differs");
        }
    }
    // Twelve rows for fifteen parameters: what counts are observations.
    document(&desk, "counted.csv --label y --count n --experts 3");
    let said = desk.moe("fit counted.csv --label y --count n --experts 1", 0);
    assert!(said.out.contains("12 rows, 33 observations by n") && said.out.contains("a ("), "{}", said.out);
}

#[test]
fn threads_do_not_matter_and_seeds_end_at_the_same_maximum() {
    let desk = Desk::with(&[]);
    let fit = |flags: &str| {
        let features = "bill_length_mm,bill_depth_mm";
        let penguins = shipped("penguins.csv");
        document(
            &desk,
            &format!("{penguins} --label sex --features {features} --experts 2 --standardize {flags}"),
        )
    };
    let one = fit("--threads 1");
    assert!(timeless(one.clone()) == timeless(fit("--threads 3")), "threads move a number");
    let other = fit("--seed 99 --starts 30");
    assert!((number(&one, "log_likelihood") - number(&other, "log_likelihood")).abs() < 1e-9);
    for (a, b) in one["parameters"].as_array().unwrap().iter().zip(other["parameters"].as_array().unwrap()) {
        let (a, b) = (number(a, "estimate"), number(b, "estimate"));
        assert!((a - b).abs() < 1e-5, "labels of experts depend on the seed: {a} and {b}");
    }
}

/// Probabilities of the rows give the log-likelihood back.
#[test]
fn probabilities() {
    let desk = Desk::with(&[]);
    let flags = "--label species --features petal_length_cm,petal_width_cm --experts 2 --probabilities p.csv";
    let found = document(&desk, &format!("{} {flags}", shipped("iris.csv")));
    let text = std::fs::read_to_string(desk.path("p.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("row,label,predicted,p(setosa),p(versicolor),p(virginica)"));
    let (mut total, mut rows) = (0.0, 0);
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let p: Vec<f64> = cells[3..].iter().map(|c| c.parse().unwrap()).collect();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let place =
            |name: &str| ["setosa", "versicolor", "virginica"].iter().position(|c| *c == name).unwrap();
        total += ln(p[place(cells[1])]);
        assert!(p.iter().all(|q| *q <= p[place(cells[2])]), "{line}");
        rows += 1;
        assert_eq!(cells[0], rows.to_string());
    }
    assert_eq!(rows, 150);
    assert!((total - number(&found, "log_likelihood")).abs() < 1e-9 * total.abs());
}

/// Counts stand beside the probabilities of their rows, in the order of the file.
#[test]
fn probabilities_of_counted_rows() {
    let rows = "x,y,n\n1,b,7\n0,a,30\n1,a,9\n0,b,20\n";
    let desk = Desk::with(&[("data.csv", rows)]);
    desk.moe("fit data.csv --label y --count n --experts 1 --probabilities p.csv", 0);
    let text = std::fs::read_to_string(desk.path("p.csv")).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0], ["row", "label", "count", "predicted", "p(a)", "p(b)"]);
    assert_eq!(lines[1][..4], ["1", "b", "7", "a"]);
    assert!((lines[1][5].parse::<f64>().unwrap() - 7.0 / 16.0).abs() < 1e-6, "{text}");
    assert!((lines[2][4].parse::<f64>().unwrap() - 0.6).abs() < 1e-6, "{text}");
}

/// A class that is rare, but seen at every covariate, is not separated, however little of the likelihood it is.
#[test]
fn rare_labels_are_not_foretold() {
    let rows = "a,y,n\n0,0,10000000\n1,0,10000000\n2,0,10000000\n0,1,500\n1,1,800\n2,1,1300\n";
    let desk = Desk::with(&[("data.csv", rows)]);
    let found = document(&desk, "data.csv --label y --count n --experts 1 --box 50");
    assert_eq!(found["warnings"], serde_json::json!([]), "{found}");
    assert_eq!(found["certificate"]["extent"], "inside");
    let intercept = &found["parameters"][0];
    // By iteratively reweighted least squares, elsewhere, on a hundredth of the counts.
    assert!((number(intercept, "estimate") - 9.90749).abs() < 1e-5, "{intercept}");
    assert!((number(intercept, "standard_error") - 0.038576).abs() < 1e-5, "{intercept}");
}

/// Standardised by hand or by the flag: the same fit, and the flag says what it did.
#[test]
fn standardising_is_said() {
    let desk = Desk::with(&[("data.csv", SMALL)]);
    let found = document(&desk, "data.csv --label y --experts 1 --standardize");
    let plain = document(&desk, "data.csv --label y --experts 1");
    assert!((number(&found, "log_likelihood") - number(&plain, "log_likelihood")).abs() < 1e-9);
    let units = &found["standardized"][0];
    assert_eq!(units["feature"], "x1");
    let slope = |document: &Value| number(&document["parameters"][1], "estimate");
    assert!((slope(&found) - slope(&plain) * number(units, "sd")).abs() < 1e-6);
    let words = desk.moe("fit data.csv --label y --experts 1 --standardize", 0).out;
    assert!(words.contains("The covariates were standardised"), "{words}");
}

/// A column that is the sum of two others leaves their slopes open, and the rest determined.
#[test]
fn singular_information_has_a_word() {
    let sums = |line: &str| match line.split(',').collect::<Vec<_>>()[..] {
        ["x1", ..] => "x1,x2,sum,y".to_owned(),
        [a, b, y] => format!("{a},{b},{},{y}", a.parse::<f64>().unwrap() + b.parse::<f64>().unwrap()),
        _ => panic!("{line}"),
    };
    let text = SMALL.lines().map(sums).collect::<Vec<_>>().join("\n");
    let desk = Desk::with(&[("data.csv", &text)]);
    let found = document(&desk, "data.csv --label y --experts 1");
    let notes: Vec<&str> =
        found["parameters"].as_array().unwrap().iter().map(|p| p["note"].as_str().unwrap()).collect();
    assert_eq!(notes, ["", "not determined", "not determined", "not determined"]);
    let said = desk.moe("fit data.csv --label y --experts 1", 0);
    said.complains(&["the observed information is singular"]);
}

/// The total log-likelihood of estimates on the petals of the irises, from the density in plain code.
fn of_petals(estimates: &Value, experts: usize) -> f64 {
    let shape = Shape { experts, classes: 3, dim: 2 };
    let estimates: Vec<f64> = estimates.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
    let measure = MixingMeasure::from_parameters(shape, &estimates);
    let text = std::fs::read_to_string(shipped("iris.csv")).unwrap();
    let of_row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let x: Vec<f64> = cells[2..4].iter().map(|c| c.parse().unwrap()).collect();
        let class = ["setosa", "versicolor", "virginica"].iter().position(|name| *name == cells[4]).unwrap();
        let mut p = [0.0; 3];
        class_probabilities(&measure, &x, &x, &mut p);
        ln(p[class])
    };
    text.lines().skip(1).map(of_row).sum()
}

#[test]
fn the_next_best_maximum_stands_beside_the_best() {
    let desk = Desk::with(&[]);
    let arguments = format!("{} {PETALS} --experts 2", shipped("iris.csv"));
    let found = document(&desk, &arguments);
    let second = &found["second_maximum"];
    assert_eq!(second["gap"], found["certificate"]["gap"]);
    let value = number(second, "log_likelihood");
    assert!((number(&found, "log_likelihood") - value - number(second, "gap")).abs() < 1e-9, "{second}");
    assert!((of_petals(&second["estimates"], 2) - value).abs() < 1e-8, "{second}");
    assert!(second["starts"].as_u64() > Some(0) && number(second, "gap") < 2.0, "{second}");
    assert!((0.0..=1.0).contains(&number(second, "largest_probability_difference")), "{second}");
    let said = desk.moe(&format!("fit {arguments}"), 0);
    said.complains(&["another maximum lies only", "their parameters differ by up to"]);
    let table = crate::program::table(&said.out, "part                 | term            | best");
    assert_eq!(table.len(), 2 + 15, "{}", said.out);
}

/// A maximum that is far below is no rival: it stands in the document, and is not compared.
#[test]
fn a_maximum_far_below_is_not_compared() {
    let desk = Desk::with(&[]);
    let penguins = shipped("penguins.csv");
    let arguments =
        format!("{penguins} --label sex --features bill_length_mm,bill_depth_mm --experts 2 --standardize");
    assert!(number(&document(&desk, &arguments)["second_maximum"], "gap") > 2.0);
    let said = desk.moe(&format!("fit {arguments}"), 0);
    assert!(
        !said.out.contains("next best that was found") && !said.err.contains("another maximum"),
        "{}",
        said.err
    );
    let alone = document(&desk, &format!("{} {PETALS} --experts 1", shipped("iris.csv")));
    assert_eq!(alone["second_maximum"], Value::Null);
}
