//! The slope engine against closed forms, and its coverage.

use super::*;
use crate::sample::testing::stream;

const SIZES: [u64; 9] = [1_000, 1_778, 3_162, 5_623, 10_000, 17_783, 31_623, 56_234, 100_000];

fn exp(x: f64) -> f64 {
    numeric::exp(x)
}

/// Replications spread log-normally (σ on the log scale) about 3 n^(−1/2).
fn log_normal(stream: &mut Stream, replications: usize, sigma: f64) -> Series {
    let values = SIZES.iter().map(|n| {
        let centre = 3.0 / (*n as f64).sqrt();
        (0..replications).map(|_| centre * exp(sigma * stream.normal())).collect()
    });
    Series::new(SIZES.to_vec(), values.collect())
}

fn with_value(mut series: Series, size: usize, value: f64, copies: usize) -> Series {
    series.groups[0][size][..copies].fill(value);
    series
}

#[test]
fn an_exact_power_law_gives_its_exponent() {
    for exponent in [-0.5, -0.25, 0.0, 1.0] {
        let value = |n: &u64| 7.0 * exp(exponent * numeric::ln(*n as f64));
        let series = Series::new(SIZES.to_vec(), SIZES.iter().map(|n| vec![value(n); 25]).collect());
        for weights in [Weights::Equal, Weights::Planned((1..=9).map(f64::from).collect())] {
            for statistic in [Statistic::Median, Statistic::Mean, Statistic::Quantile(0.9)] {
                let rate = fit(&series, statistic, &weights, 0.95, 200, &mut stream(70)).unwrap();
                for slope in [rate.slope, rate.lower, rate.upper] {
                    assert!((slope - exponent).abs() < 1e-12, "{statistic}: {slope} for {exponent}");
                }
                assert!((rate.intercept - numeric::ln(7.0)).abs() < 1e-11);
                assert!(rate.local_slopes.iter().all(|s| (s.slope - exponent).abs() < 1e-11));
                assert!(rate.points.iter().all(|p| p.lower <= p.estimate * (1.0 + 1e-15)));
            }
        }
    }
}

/// Three sizes with logarithms −1, 0, 1 about their centre: least squares by hand.
#[test]
fn weights_are_those_planned() {
    let values = [1.0, 10.0, 10.0].iter().map(|v| vec![*v; 20]).collect();
    let series = Series::new(vec![10, 100, 1_000], values);
    let slope =
        |weights: &Weights| fit(&series, Statistic::Mean, weights, 0.9, 100, &mut stream(71)).unwrap().slope;
    assert!((slope(&Weights::Equal) - 0.5).abs() < 1e-14);
    // Weights (2, 1, 1)/4: mean of x is 1.75, Sxx 0.6875, Sxy 0.375, in units of ln 10.
    assert!((slope(&Weights::Planned(vec![2.0, 1.0, 1.0])) - 0.375 / 0.6875).abs() < 1e-14);
}

#[test]
fn the_order_of_replications_does_not_matter() {
    let series = log_normal(&mut stream(72), 40, 0.7);
    let mut reversed = series.clone();
    reversed.groups[0].iter_mut().for_each(|v| v.reverse());
    for statistic in [Statistic::Mean, Statistic::Median, Statistic::Exceeds(0.02)] {
        let rate = |s: &Series| fit(s, statistic, &Weights::Equal, 0.95, 200, &mut stream(73));
        assert_eq!(rate(&series), rate(&reversed));
    }
}

#[test]
fn what_has_no_slope_says_why() {
    let series = log_normal(&mut stream(74), 30, 0.7);
    let check = |series: Series, statistic, expected: &str| {
        let problem = fit(&series, statistic, &Weights::Equal, 0.95, 200, &mut stream(75)).unwrap_err();
        assert!(problem.to_string().contains(expected), "{problem}");
    };
    check(with_value(series.clone(), 4, 0.0, 20), Statistic::Median, "median at n = 10000 is 0");
    check(with_value(series.clone(), 4, f64::INFINITY, 1), Statistic::Mean, "mean at n = 10000 is inf");
    check(with_value(series.clone(), 0, f64::NAN, 1), Statistic::Median, "n = 1000 is not a number");
    check(series.clone(), Statistic::Exceeds(1e9), "exceeds(1000000000) at n = 1000 is 0");
    check(Series::new(SIZES.to_vec(), vec![Vec::new(); 9]), Statistic::Mean, "no replication at n = 1000");
    check(Series { sizes: vec![1_000; 9], ..series.clone() }, Statistic::Mean, "ascending");
    check(Series { groups: Vec::new(), ..series.clone() }, Statistic::Mean, "ascending");
    check(Series::new(vec![1_000], vec![vec![1.0]]), Statistic::Mean, "at least two");
    let problem = |weights, level, resamples| {
        fit(&series, Statistic::Mean, &weights, level, resamples, &mut stream(75)).unwrap_err()
    };
    assert_eq!(problem(Weights::Planned(vec![1.0; 3]), 0.95, 200), RateProblem::Weights);
    assert_eq!(problem(Weights::Planned(vec![0.0; 9]), 0.95, 200), RateProblem::Weights);
    assert_eq!(problem(Weights::Equal, 0.95, 30), RateProblem::Level { level: 0.95, resamples: 30 });
    assert_eq!(problem(Weights::Equal, 1.0, 200), RateProblem::Level { level: 1.0, resamples: 200 });
}

/// A few infinite values cannot reach a median, so they leave its interval alone; where they can, the interval opens
/// on the side on which the true slope may be.
#[test]
fn values_without_a_logarithm_open_the_interval_only_where_they_matter() {
    let series = log_normal(&mut stream(76), 41, 0.3);
    let rate = |s: &Series| fit(s, Statistic::Median, &Weights::Equal, 0.95, 400, &mut stream(77)).unwrap();
    let whole = rate(&series);
    assert!(whole.lower.is_finite() && whole.upper.is_finite());
    let mut few = series.clone();
    let top = few.groups[0][8].iter_mut().max_by(|a, b| a.total_cmp(b)).unwrap();
    *top = f64::INFINITY;
    assert!((rate(&few).lower - whole.lower).abs() < 1e-6 && (rate(&few).upper - whole.upper).abs() < 1e-6);
    let late_zeros = rate(&with_value(series.clone(), 8, 0.0, 18));
    assert!(late_zeros.lower == f64::NEG_INFINITY && late_zeros.upper.is_finite());
    let late_failures = rate(&with_value(series.clone(), 8, f64::INFINITY, 18));
    assert!(late_failures.lower.is_finite() && late_failures.upper == f64::INFINITY);
    assert_eq!(late_failures.tail_below(5.0), 0.5);
    assert!(late_failures.tail_above(-5.0) < 1e-6);
    let early_failures = rate(&with_value(series.clone(), 0, f64::INFINITY, 18));
    assert!(early_failures.lower == f64::NEG_INFINITY && early_failures.upper.is_finite());
    let centre = rate(&with_value(series.clone(), 4, 0.0, 20));
    assert_eq!(centre.points[4].lower, 0.0);
    let both = with_value(with_value(series, 0, f64::INFINITY, 20), 8, f64::INFINITY, 20);
    assert_eq!((rate(&both).lower, rate(&both).upper), (f64::NEG_INFINITY, f64::INFINITY));
}

/// An interval is open on a side exactly where a size that has a part in the slope is unbounded on the side that moves it there.
#[test]
fn sizes_that_open_an_interval_are_named() {
    let series = log_normal(&mut stream(76), 41, 0.3);
    let rate = |s: &Series| fit(s, Statistic::Median, &Weights::Equal, 0.95, 400, &mut stream(77)).unwrap();
    assert_eq!(rate(&series).unbounded, []);
    let last = series.sizes.len() - 1;
    for place in 0..=last {
        let coefficient = coefficients(&series.sizes, &Weights::Equal)[place];
        for (value, below) in [(0.0, true), (f64::INFINITY, false)] {
            let rate = rate(&with_value(series.clone(), place, value, 18));
            let size = series.sizes[place];
            assert_eq!(rate.unbounded, [Unbounded { size, below, above: !below, groups: vec![0] }]);
            assert_eq!(rate.lower.is_infinite(), coefficient != 0.0 && (coefficient > 0.0) == below);
            assert_eq!(rate.upper.is_infinite(), coefficient != 0.0 && (coefficient < 0.0) == below);
        }
    }
    let mut worst = series.clone();
    worst.groups.push(with_value(series.clone(), last, f64::INFINITY, 18).groups.remove(0));
    assert_eq!(
        rate(&worst).unbounded,
        [Unbounded { size: series.sizes[last], below: false, above: true, groups: vec![1] }]
    );
    let above = |replications: usize| {
        let mut cell = series.groups[0].clone();
        cell[last].iter_mut().take(replications).for_each(|v| *v = 1e10);
        cell
    };
    let two = Series { sizes: series.sizes.clone(), groups: vec![above(5), above(0)] };
    let exceeds = fit(&two, Statistic::Exceeds(1e9), &Weights::Equal, 0.95, 400, &mut stream(77)).unwrap();
    let at_last = exceeds.unbounded.iter().find(|u| u.size == series.sizes[last]);
    assert!(
        at_last.is_none_or(|u| u.groups == [1]),
        "of the two cells the one without any opens it: {at_last:?}"
    );
    let exceeds = fit(&series, Statistic::Exceeds(1e9), &Weights::Equal, 0.95, 400, &mut stream(77));
    assert!(exceeds.is_err(), "none exceeds it at any size");
    let mut once = series.clone();
    once.groups[0][0][0] = 1e10;
    let exceeds = fit(&once, Statistic::Exceeds(1e9), &Weights::Equal, 0.95, 400, &mut stream(77)).unwrap();
    assert!(exceeds.unbounded.iter().all(|u| u.below && !u.above) && exceeds.unbounded.len() == last);
    // None of the others bounds the proportion below: late ones open the lower end, early ones the upper.
    assert_eq!((exceeds.lower, exceeds.upper), (f64::NEG_INFINITY, f64::INFINITY));
}

/// Intervals and p-values are two readings of one confidence distribution.
#[test]
fn p_values_belong_to_the_intervals() {
    let series = log_normal(&mut stream(78), 60, 0.7);
    for text in ["median", "mean", "quantile(0.9)", "exceeds(0.03)"] {
        let statistic: Statistic = text.parse().unwrap();
        let rate = fit(&series, statistic, &Weights::Equal, 0.9, 999, &mut stream(79)).unwrap();
        assert_eq!(rate.interval(0.9), (rate.lower, rate.upper));
        assert!(rate.lower < rate.slope && rate.slope < rate.upper, "{text}: {rate:?}");
        for level in [0.5, 0.9, 0.98] {
            let (lower, upper) = rate.interval(level);
            let (p, slack) = (0.5 * (1.0 - level), 0.0015);
            assert!(
                (rate.tail_above(lower) - p).abs() < slack,
                "{text}, {level}: {}",
                rate.tail_above(lower)
            );
            assert!(
                (rate.tail_below(upper) - p).abs() < slack,
                "{text}, {level}: {}",
                rate.tail_below(upper)
            );
        }
        assert!(rate.tail_below(5.0) <= 1e-3 && rate.tail_above(-5.0) <= 1e-3);
        assert!(rate.tail_below(-5.0) >= 0.999 && rate.tail_above(5.0) >= 0.999);
    }
}

/// Counts of none and of all have limits: none leaves the logarithm unbounded below, all does not.
#[test]
fn proportions_of_none_and_all() {
    let values = |counts: [usize; 3]| {
        let group = counts.map(|x| (0..50).map(|i| if i < x { 1.0 } else { 0.0 }).collect()).to_vec();
        let series = Series::new(vec![10, 100, 1_000], group);
        fit(&series, Statistic::Exceeds(0.5), &Weights::Equal, 0.95, 100, &mut stream(80)).unwrap()
    };
    let all = values([50, 50, 50]);
    assert_eq!(all.slope, 0.0);
    assert!(all.lower < -0.01 && all.lower > -0.05 && (all.upper + all.lower).abs() < 1e-12, "{all:?}");
    let none = values([40, 20, 0]);
    assert_eq!(none.lower, f64::NEG_INFINITY);
    assert!(none.upper < -0.3 && none.upper > none.slope, "{none:?}");
}

/// On log-normal replications ln(median) has the standard error σ √(π/2) / √R and ln(mean) √(exp(σ²) − 1) / √R; an
/// error known with `df` degrees of freedom has the relative variance 2/df in its square.
#[test]
fn the_standard_error_of_one_size() {
    let (sigma, count) = (0.7, 4000);
    let mut stream = stream(97);
    let values: Vec<f64> = (0..count).map(|_| numeric::exp(sigma * stream.normal())).collect();
    let root = (f64::from(count)).sqrt();
    let mut check = |statistic: Statistic, expected: f64, allowed: f64| {
        let (error, _) = standard_error_of_log(&values, statistic, &mut stream).unwrap();
        assert!((error * root / expected - 1.0).abs() < allowed, "{statistic}: {}", error * root);
    };
    // Median: √π √(R/4) = 56 degrees of freedom, so 0.095 of relative error; five of them.
    check(Statistic::Median, sigma * (std::f64::consts::PI / 2.0).sqrt(), 0.45);
    check(Statistic::Mean, (numeric::exp(sigma * sigma) - 1.0).sqrt(), 0.1);
    check(Statistic::Exceeds(1.0), 1.0, 0.1);
    assert_eq!(standard_error_of_log(&[], Statistic::Mean, &mut stream), None);
    assert_eq!(standard_error_of_log(&[0.0, 0.0], Statistic::Mean, &mut stream), None);
    assert_eq!(standard_error_of_log(&[f64::NAN, 1.0], Statistic::Mean, &mut stream), None);
}

/// A difference of paired series is better known the more they agree, and that of a series with itself is 0.
#[test]
fn pairing_narrows_a_difference() {
    let mut stream = stream(81);
    let a = log_normal(&mut stream, 80, 0.7);
    let mut b = a.clone();
    for (n, values) in SIZES.iter().zip(&mut b.groups[0]) {
        let steeper = exp(-0.02 * numeric::ln(*n as f64));
        values.iter_mut().for_each(|v| *v *= steeper * exp(0.1 * stream.normal()));
    }
    for text in ["median", "quantile(0.9)", "mean", "exceeds(0.005)"] {
        let statistic: Statistic = text.parse().unwrap();
        let mut compare =
            |a, b, paired| difference(a, b, paired, statistic, &Weights::Equal, 999, &mut stream).unwrap();
        let width = |d: &Difference| d.interval(0.95).1 - d.interval(0.95).0;
        let (paired, apart) = (compare(&a, &b, true), compare(&a, &b, false));
        assert_eq!(paired.estimate, apart.estimate);
        assert!(width(&paired) < 0.75 * width(&apart), "{text}: {} {}", width(&paired), width(&apart));
        let (lower, upper) = paired.interval(0.9);
        assert!(lower < paired.estimate && paired.estimate < upper, "{text}");
        assert!((paired.tail_above(lower) - 0.05).abs() < 0.002, "{text}: {}", paired.tail_above(lower));
        assert!((paired.tail_below(upper) - 0.05).abs() < 0.002, "{text}: {}", paired.tail_below(upper));
        let none = compare(&a, &a, true);
        // Of proportions of all or none it is not known how they go together.
        let narrow = width(&none) < 1e-6 || text.starts_with("exceeds");
        assert!(none.estimate == 0.0 && narrow, "{text}: {none:?}");
    }
}

#[test]
fn series_that_do_not_match_are_not_compared() {
    let a = log_normal(&mut stream(82), 30, 0.7);
    let compare = |b: &Series, paired| {
        difference(&a, b, paired, Statistic::Median, &Weights::Equal, 200, &mut stream(83))
    };
    assert_eq!(compare(&a.without_smallest(1), false).unwrap_err(), RateProblem::DifferentSizes);
    let mut short = a.clone();
    short.groups[0][3].pop();
    assert_eq!(compare(&short, true).unwrap_err(), RateProblem::Unpaired { size: 5_623 });
    assert!(compare(&short, false).is_ok());
}

/// Of groups that are far apart only the largest counts, whichever that is at a size; near ones widen the interval.
#[test]
fn the_worst_of_several_groups() {
    let mut stream = stream(84);
    let a = log_normal(&mut stream, 60, 0.5);
    let scaled = |factor: f64| {
        let group = a.groups[0].iter().map(|v| v.iter().map(|v| v * factor).collect()).collect();
        Series::new(SIZES.to_vec(), group)
    };
    for text in ["median", "mean", "exceeds(0.008)"] {
        let statistic: Statistic = text.parse().unwrap();
        let mut fitted =
            |series: &Series| fit(series, statistic, &Weights::Equal, 0.95, 400, &mut stream).unwrap();
        let alone = fitted(&a);
        let far = fitted(&Series::worst([a.clone(), scaled(1e-3)]).unwrap());
        assert_eq!(far.slope, alone.slope);
        assert!((far.lower - alone.lower).abs() < 0.01 && (far.upper - alone.upper).abs() < 0.01, "{text}");
        let near = fitted(&Series::worst([a.clone(), scaled(0.95)]).unwrap());
        assert_eq!(near.slope, alone.slope);
        let width = |r: &Rate| r.upper - r.lower;
        assert!(width(&near) > 1.02 * width(&alone), "{text}: {} {}", width(&near), width(&alone));
        let (lower, upper) = near.interval(0.9);
        assert!((near.tail_above(lower) - 0.05).abs() < 0.004, "{text}: {}", near.tail_above(lower));
        assert!((near.tail_below(upper) - 0.05).abs() < 0.004, "{text}: {}", near.tail_below(upper));
    }
    assert!(Series::worst([a.clone(), a.without_smallest(1)]).is_none());
}

/// A bent curve is found, a straight one is not; two sizes or no noise test nothing.
#[test]
fn lack_of_fit_sees_a_bend() {
    let mut stream = stream(85);
    let straight = log_normal(&mut stream, 100, 0.7);
    let mut bent = straight.clone();
    for (n, values) in SIZES.iter().zip(&mut bent.groups[0]) {
        let x = numeric::ln(*n as f64 / 1e4);
        values.iter_mut().for_each(|v| *v *= exp(0.12 * x * x));
    }
    for text in ["median", "mean", "quantile(0.9)"] {
        let statistic: Statistic = text.parse().unwrap();
        let mut test = |series: &Series| {
            fit(series, statistic, &Weights::Equal, 0.95, 400, &mut stream).unwrap().lack_of_fit.unwrap()
        };
        assert!(test(&straight).p_value > 0.01, "{text}: {:?}", test(&straight));
        assert!(test(&bent).p_value < 0.01, "{text}: {:?}", test(&bent));
        assert_eq!(test(&bent).degrees, 7);
    }
    let two = Series::new(vec![10, 100], straight.groups[0][..2].to_vec());
    let flat = Series::new(SIZES.to_vec(), vec![vec![1.0; 20]; 9]);
    for series in [two, flat] {
        let rate = fit(&series, Statistic::Median, &Weights::Equal, 0.95, 400, &mut stream).unwrap();
        assert_eq!(rate.lack_of_fit, None);
    }
}

#[test]
fn projected_slopes_are_those_of_exact_values() {
    let values = SIZES.map(|n| exp(-0.5 * numeric::ln(n as f64)));
    let slope = |values: &[f64]| projected_slope(&SIZES, values, &Weights::Equal);
    assert!((slope(&values).unwrap() + 0.5).abs() < 1e-12);
    assert!(slope(&values[1..]).is_err() && slope(&[0.0; 9]).is_err());
}
