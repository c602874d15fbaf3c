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
pub struct Content(Sha256);

impl Content {
    /// An encoding of its own kind: `kind` separates hashes made for different uses.
    pub fn new(kind: &str) -> Self {
        let mut content = Self(Sha256::new());
        content.bytes(kind.as_bytes());
        content
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// A text field.
    pub fn text(&mut self, tag: &str, value: &str) -> &mut Self {
        self.bytes(tag.as_bytes()).bytes(value.as_bytes())
    }

    /// A whole number.
    pub fn whole(&mut self, tag: &str, value: u64) -> &mut Self {
        self.bytes(tag.as_bytes()).bytes(&value.to_le_bytes())
    }

    /// A floating-point number, by its bits.
    pub fn number(&mut self, tag: &str, value: f64) -> &mut Self {
        self.numbers(tag, &[value])
    }

    /// A list of floating-point numbers, by their bits.
    pub fn numbers(&mut self, tag: &str, values: &[f64]) -> &mut Self {
        self.bytes(tag.as_bytes());
        self.0.update((values.len() as u64).to_le_bytes());
        for value in values {
            self.0.update((value + 0.0).to_bits().to_le_bytes());
        }
        self
    }

    /// Another hash.
    pub fn hash(&mut self, tag: &str, value: &ContentHash) -> &mut Self {
        self.bytes(tag.as_bytes()).bytes(value)
    }

    /// The digest of everything added.
    pub fn finish(&self) -> ContentHash {
        self.0.clone().finalize().into()
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

    #[test]
    fn the_encoding_is_pinned() {
        let hash =
            Content::new("pin").text("name", "moe").whole("n", 1000).numbers("v", &[1.5, -2.0]).finish();
        assert_eq!(short_hex(&hash, 32), "2ddcaacfc6890296424bbd91be07f36ad3a49f82c1a17211638c35a11106c818");
    }
}
