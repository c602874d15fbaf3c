//! The quantities of a row or of a Voronoi cell, kept tightly: a report holds those of all its rows.

use crate::quantity::Kind;

/// Which quantities there are, and their values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantities {
    /// The bits of the kinds that there are.
    kinds: u32,
    /// Their values, in the order of [`Kind::ALL`].
    values: Box<[f64]>,
}

const _: () = assert!(Kind::ALL.len() <= u32::BITS as usize, "every kind has a bit");

fn bit(kind: Kind) -> u32 {
    1 << kind as u32
}

impl Quantities {
    /// Those that `of` has; it is asked once for each kind, in the order of [`Kind::ALL`].
    pub fn new(mut of: impl FnMut(Kind) -> Option<f64>) -> Self {
        let (mut kinds, mut values) = (0, Vec::new());
        for kind in Kind::ALL {
            if let Some(value) = of(*kind) {
                kinds |= bit(*kind);
                values.push(value);
            }
        }
        Self { kinds, values: values.into() }
    }

    /// The same but for one kind.
    #[must_use]
    pub fn with(&self, kind: Kind, value: Option<f64>) -> Self {
        Self::new(|other| if other == kind { value } else { self.get(other) })
    }

    /// The one of a kind, where it is there.
    pub fn get(&self, kind: Kind) -> Option<f64> {
        let before = self.kinds & (bit(kind) - 1);
        (self.kinds & bit(kind) != 0).then(|| self.values[before.count_ones() as usize])
    }

    /// Those that there are, in the order of [`Kind::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Kind, f64)> {
        let kinds = Kind::ALL.iter().copied().filter(|kind| self.kinds & bit(*kind) != 0);
        kinds.zip(self.values.iter().copied())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_come_back_by_their_kinds() {
        let every_third = |kind: Kind| (kind as usize % 3 == 1).then_some(kind as usize as f64);
        let some = Quantities::new(every_third);
        assert_eq!(some.len(), Kind::ALL.iter().filter(|kind| every_third(**kind).is_some()).count());
        for kind in Kind::ALL {
            assert_eq!(some.get(*kind), every_third(*kind));
        }
        assert!(some.iter().is_sorted() && some.iter().all(|(kind, value)| every_third(kind) == Some(value)));
        let changed = some.with(Kind::D1, Some(7.0)).with(Kind::D2, None);
        assert_eq!((changed.get(Kind::D1), changed.get(Kind::D2)), (Some(7.0), None));
        assert_eq!(changed.with(Kind::D1, None).with(Kind::D2, some.get(Kind::D2)), some);
        assert!(
            Quantities::default().is_empty()
                && Kind::ALL.iter().all(|k| Quantities::default().get(*k).is_none())
        );
    }
}
