//! Damaged files: whatever the bytes are, there is an answer, and it can be shown.

use moe_harness::diagnostic::Diagnostics;
use moe_harness::load::Loaded;
use moe_harness::wire::key::KEYS;

use super::{EXAMPLE, read};

/// A linear congruential generator (Knuth's MMIX), for cuts and pastes only.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn choose<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

const SCRAPS: &[&str] = &[
    "0",
    "-1",
    "nan",
    "-inf",
    "1e400",
    "9223372036854775807",
    "18446744073709551616",
    "0x7f",
    "1979-05-27",
    "true",
    "\"\"",
    "\"é∞\u{7f}\"",
    "[",
    "]",
    "[[",
    "{}",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "#",
    "\u{feff}",
    "\0",
    "'''",
    "\"\"\"",
    "\\u0000",
    "[[cell]]\n",
    "[[arm]]\n",
    "[profile.x]\n",
    "sizes = []\n",
    "[[[[[[[[[",
    "a.b.c = 1\n",
    "𝔐",
];

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(30)).min(bytes.len());
    match dice.below(6) {
        0 => drop(bytes.drain(at..end)),
        1 => drop(bytes.splice(at..at, dice.choose(SCRAPS).bytes())),
        2 => drop(bytes.splice(at..end, dice.choose(SCRAPS).bytes())),
        3 => {
            let part = bytes[at..end].to_vec();
            let to = dice.below(bytes.len() + 1);
            drop(bytes.splice(to..to, part));
        }
        4 if at < bytes.len() => bytes[at] = dice.below(256) as u8,
        _ => {
            let lines: Vec<_> = EXAMPLE.lines().collect();
            let line = format!("{}\n", dice.choose(&lines));
            let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
            drop(bytes.splice(start..start, line.bytes()));
        }
    }
    if bytes.is_empty() {
        bytes.push(b'\n');
    }
}

/// Reads and shows; the message of a refused file must not be empty.
fn look(result: Result<Loaded, Diagnostics>) -> bool {
    match result {
        Ok(loaded) => {
            let _ = loaded.warnings.render(true);
            assert!(read(&loaded.normalised).is_ok(), "{}", loaded.normalised);
            true
        }
        Err(diagnostics) => {
            assert!(diagnostics.has_errors());
            assert!(diagnostics.render(true).len() > 20 && diagnostics.render(false).len() > 20);
            false
        }
    }
}

#[test]
fn damaged_bytes_never_panic() {
    let mut dice = Dice(1);
    let (mut read_well, mut refused) = (0, 0);
    for _ in 0..2_000 {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        for _ in 0..=dice.below(3) {
            damage(&mut bytes, &mut dice);
        }
        *if look(read(&String::from_utf8_lossy(&bytes))) { &mut read_well } else { &mut refused } += 1;
    }
    assert!(
        read_well > 50 && refused > 500,
        "{read_well} read, {refused} refused: the damage is not what is meant"
    );
}

#[test]
fn values_of_other_kinds_never_panic() {
    let values = [
        "0",
        "-1",
        "1",
        "3",
        "0.5",
        "1e300",
        "-1e-300",
        "nan",
        "inf",
        "9223372036854775807",
        "\"\"",
        "\"exact\"",
        "\"∞\"",
        "true",
        "1979-05-27",
        "[]",
        "[[]]",
        "[[[]]]",
        "[0]",
        "[-1.5, 1e9]",
        "[[0, 0], [0]]",
        "[[1, 2, 3], [0, 0, 0]]",
        "[[[1]]]",
        "{}",
        "{ kind = \"search\" }",
        "{ from = 1, to = 2, count = 2 }",
        "[{}]",
        "[\"exact\", 1]",
    ];
    for (i, line) in
        EXAMPLE.lines().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#'))
    {
        let key = line.split(" = ").next().unwrap();
        for value in values {
            let mut lines: Vec<_> = EXAMPLE.lines().map(str::to_owned).collect();
            lines[i] = format!("{key} = {value}");
            look(read(&lines.join("\n")));
        }
    }
}

#[test]
fn every_cut_is_refused_or_read() {
    for end in (0..EXAMPLE.len()).step_by(7) {
        look(read(&EXAMPLE[..end]));
    }
}

#[test]
fn the_examples_in_messages_are_good_toml() {
    for key in KEYS {
        assert!(key.example.parse::<toml::Table>().is_ok(), "{} of {}: {}", key.name, key.table, key.example);
        assert!(key.example.contains(key.name), "{}: {}", key.name, key.example);
    }
}
