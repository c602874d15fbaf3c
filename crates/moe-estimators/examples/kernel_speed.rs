use moe_core::{dataset::Dataset, gate::GateMap};
use moe_estimators::likelihood::{Derivatives, Likelihood};
use ndarray::Array2;
fn main() {
    for (k, classes, d, map) in [
        (2, 2, 2, GateMap::Identity),
        (3, 2, 2, GateMap::Identity),
        (3, 2, 2, GateMap::Sin(3.0)),
        (3, 3, 2, GateMap::Identity),
    ] {
        let n = 8000;
        let mut s = 1u64;
        let mut u = || {
            s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (s >> 33) as f64 / (1u64 << 30) as f64 - 1.0
        };
        let x = Array2::from_shape_fn((n, d), |_| u());
        let labels = (0..n).map(|i| (i % classes) as u32).collect();
        let data = Dataset { x, labels, counts: vec![1; n], classes };
        let mut l = Likelihood::new(&data, k, map);
        let p: Vec<f64> = (0..l.shape().parameters()).map(|i| ((i * 7) % 5) as f64 - 2.0).collect();
        let mut out = Derivatives::default();
        let reps = 200;
        let mut best = [f64::INFINITY; 3];
        for _ in 0..5 {
            let t = std::time::Instant::now();
            for _ in 0..reps {
                l.value(&p);
            }
            best[0] = best[0].min(t.elapsed().as_secs_f64());
            let t = std::time::Instant::now();
            for _ in 0..reps {
                l.score(&p, &mut out);
            }
            best[1] = best[1].min(t.elapsed().as_secs_f64());
            let t = std::time::Instant::now();
            for _ in 0..reps {
                l.derivatives(&p, &mut out);
            }
            best[2] = best[2].min(t.elapsed().as_secs_f64());
        }
        println!("{k} {classes} {d} {map}: {:?} ns/row", best.map(|b| b / (reps * n) as f64 * 1e9));
    }
}
