//! Unknown keys of the whole document, told before anything is read: reading of a table may end at its first fault.

use toml::de::{DeTable, DeValue};

use super::key::{self, Tables};
use super::{Reader, title};
use crate::diagnostic::{Place, Problem};
use crate::nearest;

impl<'a, 'i> Reader<'a, 'i> {
    /// Reports the unknown keys of this table, which is of some kind, and of every table in it.
    pub(super) fn tell_unknown_keys_below(&self, kind: &str) {
        let DeValue::Table(table) = self.value else { return };
        self.tell_unknown_keys(table, kind, &key::names(kind));
        for (name, value) in table {
            if let Some(tables) = key::tables(kind, name.get_ref()) {
                self.child(kind, name.get_ref(), value.get_ref()).look_into(tables);
            }
        }
    }

    /// The same for the tables at a key.
    fn look_into(&self, tables: Tables) {
        match (tables, self.value) {
            (Tables::Named(kind), DeValue::Table(named)) => self.look_at_each(named, Tables::Of(kind)),
            (Tables::NamedBy(tag, kinds), DeValue::Table(named)) => {
                self.look_at_each(named, Tables::By(tag, kinds));
            }
            (Tables::Of(_) | Tables::By(..), DeValue::Array(list)) => {
                for (index, entry) in list.iter().enumerate() {
                    let (value, path) = (entry.get_ref(), self.path.index(index));
                    Reader { value, path, ..self.clone() }.look_at(tables);
                }
            }
            _ => self.look_at(tables),
        }
    }

    fn look_at_each(&self, named: &'a DeTable<'i>, tables: Tables) {
        named
            .iter()
            .for_each(|(name, value)| self.child("", name.get_ref(), value.get_ref()).look_at(tables));
    }

    fn look_at(&self, tables: Tables) {
        let DeValue::Table(table) = self.value else { return };
        match tables {
            Tables::Of(kind) => self.tell_unknown_keys_below(kind),
            Tables::By(tag, kinds) => {
                let chosen = table.iter().find(|(key, _)| key.get_ref() == tag);
                let word = chosen.and_then(|(_, value)| value.get_ref().as_str());
                if let Some(kind) = kinds.iter().find(|kind| word == Some(**kind)) {
                    self.tell_unknown_keys_below(kind);
                }
            }
            Tables::Named(_) | Tables::NamedBy(..) => {}
        }
    }

    /// Reports the unknown keys of a table, each once; the known keys that they seem to be meant for.
    pub(super) fn tell_unknown_keys<'k>(
        &self,
        table: &DeTable<'_>,
        kind: &str,
        known: &[&'k str],
    ) -> Vec<&'k str> {
        let has = |key: &str| table.keys().any(|k| k.get_ref() == key);
        let mut meant = Vec::new();
        for unknown in table.keys().map(|k| k.get_ref()).filter(|k| !known.contains(&k.as_ref())) {
            // A statement whose name reads two ways is not guessed at.
            let ways = nearest::ambiguous(unknown).filter(|_| known.contains(&"slower_than"));
            let near = nearest::nearest(unknown, known.iter().copied().filter(|k| !has(k)));
            let near = near.filter(|_| ways.is_none());
            meant.extend(near);
            let path = self.path.key(unknown);
            if !self.sink.borrow_mut().unknown.insert(path.clone()) {
                continue;
            }
            let problem = Problem::error(Place::Key(path), format!("unknown key `{unknown}`"));
            let problem = problem.label(match (near, ways) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, Some(ways)) => ways.to_owned(),
                (None, None) => "no such key here".to_owned(),
            });
            self.tell(problem.help(format!("the keys of {} are: {}", title(kind), known.join(", "))));
        }
        meant
    }
}
