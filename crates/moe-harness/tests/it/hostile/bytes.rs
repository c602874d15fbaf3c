//! Damage to bytes, as a strategy that shrinks to the least damage that still does harm.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::{Index, select};

/// Something that happens to a file.
#[derive(Clone, Debug)]
pub(super) enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, Index, usize),
}

/// Pieces that parsers stumble over: brackets, quotes, numbers at the ends of their types, lengths that are too long.
const SCRAPS: [&[u8]; 24] = [
    b"\0",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xfe\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x10",
    b"[[[[",
    b"]]",
    b"{{",
    b"}",
    b"\"",
    b"\"\"\"",
    b"'",
    b"\\u001b[2J",
    b"\x1b[31m",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xc3\x28",
    b",,",
    b"nan",
    b"-1e999",
    b"18446744073709551616",
    b"../../etc/passwd",
    b"<script>|&amp;](x)",
];

/// One to a few of them.
pub(super) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let index = any::<Index>;
    let scrap = select(&SCRAPS[..]).prop_map(<[u8]>::to_vec);
    vec(
        prop_oneof![
            1 => index().prop_map(Damage::Cut),
            4 => (index(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
            4 => (index(), prop_oneof![scrap, vec(any::<u8>(), 1..12)]).prop_map(|(at, b)| Damage::Insert(at, b)),
            2 => (index(), 1_usize..40).prop_map(|(at, length)| Damage::Remove(at, length)),
            2 => (index(), index(), 1_usize..200).prop_map(|(from, to, length)| Damage::Repeat(from, to, length)),
        ],
        1..5,
    )
}

/// The bytes after all that.
pub(super) fn damaged(whole: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for damage in damages {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let end = |at: usize, length: usize, bytes: &[u8]| (at + length).min(bytes.len());
        match damage {
            Damage::Cut(at) => bytes.truncate(place(at, &bytes)),
            Damage::Flip(at, bit) => {
                let at = place(at, &bytes);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
            }
            Damage::Insert(at, piece) => {
                let at = place(at, &bytes);
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            Damage::Remove(at, length) => {
                let at = place(at, &bytes);
                drop(bytes.drain(at..end(at, *length, &bytes)));
            }
            Damage::Repeat(from, to, length) => {
                let (from, to) = (place(from, &bytes), place(to, &bytes));
                let piece = bytes[from..end(from, *length, &bytes)].to_vec();
                drop(bytes.splice(to..to, piece));
            }
        }
    }
    bytes
}
