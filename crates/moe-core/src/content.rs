//! Content hashes: identities of cells and keys of random streams depend on parsed values, never on names.

use sha2::{Digest, Sha256};

/// A 256-bit digest of a canonical encoding.
pub type ContentHash = [u8; 32];

/// Builds a [`ContentHash`] from tagged, length-prefixed fields, so that no two different contents
/// have the same encoding. Floating-point values enter by their bits (−0 as 0).
///
/// ```
/// use moe_core::content::{Content, short_hex};
///
/// let hash = |values: &[f64]| Content::new("an example").numbers("values", values).finish();
/// assert_eq!(hash(&[0.5, 0.0]), hash(&[0.5, -0.0]));
/// assert_ne!(hash(&[0.5, 0.0]), hash(&[0.5]));
/// assert_eq!(short_hex(&hash(&[0.5]), 6).len(), 12);
/// ```
#[derive(Clone)]
pub struct Content {
    digest: Sha256,
    /// What the digest has not seen yet: fields are short, and it takes long over each piece that it is given.
    pending: Vec<u8>,
}

/// Bytes that are gathered before the digest takes them.
const PIECE: usize = 4096;
/// Bytes that there is room for at first: the address of a stream takes 240.
const SHORT: usize = 256;

impl Content {
    /// An encoding of its own kind: `kind` separates hashes made for different uses.
    pub fn new(kind: &str) -> Self {
        let mut content = Self { digest: Sha256::new(), pending: Vec::with_capacity(SHORT) };
        content.bytes(kind.as_bytes());
        content
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.hand_over().word(bytes.len() as u64).pending.extend_from_slice(bytes);
        self
    }

    /// Gives the digest what was gathered, where that is enough.
    fn hand_over(&mut self) -> &mut Self {
        if self.pending.len() >= PIECE {
            self.digest.update(&self.pending);
            self.pending.clear();
        }
        self
    }

    /// Eight bytes.
    #[inline(always)]
    fn word(&mut self, word: u64) -> &mut Self {
        self.pending.extend_from_slice(&word.to_le_bytes());
        self
    }

    /// A text field.
    pub fn text(&mut self, tag: &str, value: &str) -> &mut Self {
        self.bytes(tag.as_bytes()).bytes(value.as_bytes())
    }

    /// A whole number.
    pub fn whole(&mut self, tag: &str, value: u64) -> &mut Self {
        self.bytes(tag.as_bytes()).word(size_of::<u64>() as u64).word(value)
    }

    /// A floating-point number, by its bits.
    pub fn number(&mut self, tag: &str, value: f64) -> &mut Self {
        self.numbers(tag, &[value])
    }

    /// A list of floating-point numbers, by their bits.
    pub fn numbers(&mut self, tag: &str, values: &[f64]) -> &mut Self {
        self.bytes(tag.as_bytes()).word(values.len() as u64);
        values.iter().fold(self, |content, value| content.hand_over().word((value + 0.0).to_bits()))
    }

    /// Another hash.
    pub fn hash(&mut self, tag: &str, value: &ContentHash) -> &mut Self {
        self.bytes(tag.as_bytes()).bytes(value)
    }

    /// The digest of everything added.
    pub fn finish(&self) -> ContentHash {
        self.digest.clone().chain_update(&self.pending).finalize().into()
    }
}

/// Lower-case hexadecimal of the first `bytes` bytes of a hash.
pub fn short_hex(hash: &ContentHash, bytes: usize) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |b: &u8| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]].map(char::from);
    hash.iter().take(bytes).flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let a = Content::new("t").text("x", "ab").text("y", "c").finish();
        let b = Content::new("t").text("x", "a").text("y", "bc").finish();
        assert_ne!(a, b);
        assert_eq!(Content::new("t").number("v", 0.0).finish(), Content::new("t").number("v", -0.0).finish());
    }

    /// However much is gathered before the digest takes it.
    #[test]
    fn long_contents_are_digested_as_they_are() {
        let (text, mut bytes) = ("moe".repeat(PIECE), Vec::new());
        let mut content = Content::new("long");
        let mut field = |field: &[u8]| {
            bytes.extend((field.len() as u64).to_le_bytes());
            bytes.extend(field);
        };
        field(b"long");
        for n in 0..1000_u64 {
            let text = if n % 100 == 7 { text.as_str() } else { "short" };
            content.whole("n", n).text("", text);
            [b"n", n.to_le_bytes().as_slice(), b"", text.as_bytes()].into_iter().for_each(&mut field);
        }
        let numbers: Vec<f64> = (0..3000).map(f64::from).collect();
        content.numbers("v", &numbers);
        field(b"v");
        bytes.extend(3000_u64.to_le_bytes());
        numbers.iter().for_each(|number| bytes.extend(number.to_bits().to_le_bytes()));
        assert_eq!(content.finish(), <ContentHash>::from(Sha256::digest(&bytes)));
    }

    #[test]
    fn the_encoding_is_pinned() {
        let hash =
            Content::new("pin").text("name", "moe").whole("n", 1000).numbers("v", &[1.5, -2.0]).finish();
        assert_eq!(short_hex(&hash, 32), "2ddcaacfc6890296424bbd91be07f36ad3a49f82c1a17211638c35a11106c818");
    }
}
