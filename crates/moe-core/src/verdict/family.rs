//! Many claims at once: Holm's correction for "some verdict contradicts", and error spent over declared looks.
//!
//! That *every* verdict is as expected is an intersection-union statement: it is false as soon as one of them is, so it
//! has the largest of their errors and needs no correction (Berger 1982). That *some* verdict contradicts is a
//! multiple-testing statement: with many claims one does by chance, so contradictions are corrected (Holm 1979).

/// Adjusted p-values of Holm's step-down procedure, in the order of `p`: those at most α may be rejected together, and
/// the chance that any of them is rejected wrongly is at most α, whatever their dependence. They are at most 1.
///
/// ```
/// // One small p-value among three: it counts three times, the next twice.
/// let adjusted = moe_core::verdict::family::holm(&[0.2, 0.01, 0.04]);
/// assert_eq!(adjusted, [0.2, 0.03, 0.08]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * p[index]).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

/// The confidence level at each of `looks` looks at growing data, so that the chance of an error at any of them is at
/// most 1 − `level`: the error is divided evenly (Bonferroni), which is valid however the looks depend on each other.
/// For one look, or none declared, it is `level` itself.
///
/// ```
/// use moe_core::verdict::family::level_at_look;
///
/// assert_eq!(level_at_look(0.95, 1), 0.95);
/// assert!((level_at_look(0.95, 5) - 0.99).abs() < 1e-12);
/// ```
pub fn level_at_look(level: f64, looks: usize) -> f64 {
    if looks <= 1 { level } else { 1.0 - (1.0 - level) / looks as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(p: &[f64], expected: &[f64]) {
        let found = holm(p);
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 1e-15, "{found:?} instead of {expected:?}");
        }
    }

    /// The example of R's `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")`, worked out by hand.
    #[test]
    fn holm_steps_down() {
        check(&[0.01, 0.04, 0.03, 0.005], &[0.03, 0.06, 0.06, 0.02]);
        check(&[0.04], &[0.04]);
        check(&[], &[]);
        check(&[0.5, 0.6, 1.0], &[1.0, 1.0, 1.0]);
        check(&[0.02, 0.02], &[0.04, 0.04]);
        // The second would pass alone (0.03 for the last step), but the first step stops the procedure.
        check(&[0.03, 0.03, 0.03], &[0.09, 0.09, 0.09]);
    }

    /// A p-value is uniform when its statement is true: over many families of true statements, some adjusted p-value is
    /// at most α in a share α of them, give or take four binomial standard errors.
    #[test]
    fn the_family_error_is_kept() {
        let mut stream = crate::sample::testing::stream(90);
        let (families, members, alpha) = (20_000, 7, 0.05);
        let wrong = (0..families).filter(|_| {
            let p: Vec<f64> = (0..members).map(|_| stream.uniform()).collect();
            holm(&p).iter().any(|p| *p <= alpha)
        });
        let share = wrong.count() as f64 / f64::from(families);
        let error = (alpha * (1.0 - alpha) / f64::from(families)).sqrt();
        // Independent members: 1 − (1 − α/7)^7 = 0.0489.
        assert!((share - 0.0489).abs() < 4.0 * error, "{share}");
    }

    #[test]
    fn looks_share_the_error() {
        assert_eq!(level_at_look(0.9, 1), 0.9);
        assert_eq!(level_at_look(0.9, 0), 0.9);
        assert!((level_at_look(0.9, 4) - 0.975).abs() < 1e-15);
    }
}
