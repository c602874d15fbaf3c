//! The three sizes of a model (atoms, classes, covariates) and where each parameter stands in a vector.

/// Sizes of a softmax-gated multinomial logistic mixture: k experts, K classes, d covariates.
///
/// It also fixes the one order of the pinned parameter vector used by every likelihood, score and
/// Hessian: gate rows 0..k-1, then expert rows (expert-major, classes 0..K-1), each row an intercept
/// followed by d slopes. The last gate and the last class of every expert are references (zeros) and
/// have no entry.
///
/// ```
/// use moe_core::shape::Shape;
///
/// // Two experts, three classes, one covariate: one gate row and 2 · 2 rows of experts, of two numbers each.
/// let shape = Shape { experts: 2, classes: 3, dim: 1 };
/// assert_eq!((shape.logits(), shape.parameters()), (5, 10));
/// // Where class 1 of expert 1 begins: behind the gate and three other rows.
/// assert_eq!(shape.expert(1, 1), 8);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Number of experts k (atoms of the mixing measure), at least 1.
    pub experts: usize,
    /// Number of classes K, at least 2.
    pub classes: usize,
    /// Number of covariates d, at least 1.
    pub dim: usize,
}

impl Shape {
    /// Length of one row of parameters: an intercept and d slopes.
    pub fn row(&self) -> usize {
        self.dim + 1
    }

    /// Number of gate rows, k − 1.
    pub fn gate_rows(&self) -> usize {
        self.experts - 1
    }

    /// Number of free logits: (k − 1) gates and k (K − 1) expert classes.
    pub fn logits(&self) -> usize {
        self.gate_rows() + self.experts * (self.classes - 1)
    }

    /// Length P of the pinned parameter vector.
    pub fn parameters(&self) -> usize {
        self.logits() * self.row()
    }

    /// Index of the intercept of gate `i` (i < k − 1).
    pub fn gate(&self, i: usize) -> usize {
        i * self.row()
    }

    /// Index of the intercept of class `c` (c < K − 1) of expert `i`.
    pub fn expert(&self, i: usize, c: usize) -> usize {
        (self.gate_rows() + i * (self.classes - 1) + c) * self.row()
    }

    /// The same classes and covariates with another number of experts.
    pub fn with_experts(&self, experts: usize) -> Shape {
        Shape { experts, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_order_is_gates_then_experts() {
        let shape = Shape { experts: 3, classes: 3, dim: 2 };
        assert_eq!(shape.parameters(), 24);
        assert_eq!(shape.gate(1), 3);
        assert_eq!(shape.expert(0, 0), 6);
        assert_eq!(shape.expert(2, 1), 21);
    }
}
