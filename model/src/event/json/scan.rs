//! Where the parts of JSON end in a text: escapes, numbers, and the quiet parts of strings.

/// Where the escape ends that begins at `at`; else where it stops being one. Whether halves of a surrogate pair fit
/// together is asked where the text is needed.
pub(super) fn escape(text: &[u8], at: usize) -> Result<usize, usize> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => {
            let digits = text[at + 2..].iter().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
            if digits == 4 { Ok(at + 6) } else { Err(at + 2 + digits) }
        }
        _ => Err(at + 1),
    }
}

/// Where the number ends that begins at `at`; else where it stops being one.
pub(super) fn number(text: &[u8], mut at: usize) -> Result<usize, usize> {
    let is = |at: usize, bytes: &[u8]| text.get(at).is_some_and(|byte| bytes.contains(byte));
    let digits = |at: usize| {
        let count = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 { Err(at) } else { Ok(at + count) }
    };
    at += usize::from(is(at, b"-"));
    let begins_with_0 = is(at, b"0");
    let whole = digits(at)?;
    if begins_with_0 && whole > at + 1 {
        return Err(at + 1);
    }
    at = whole;
    if is(at, b".") {
        at = digits(at + 1)?;
    }
    if is(at, b"eE") {
        at = digits(at + 1 + usize::from(is(at + 1, b"+-")))?;
    }
    Ok(at)
}

/// Finds where a string may end or go on otherwise: at a quote, a backslash, a control character. It looks at each block of
/// 64 bytes once, whatever the number of strings in it.
pub(super) struct Specials {
    /// Where the block begins that was looked at last.
    block: usize,
    /// A bit for each byte of it, the first one lowest: whether it is special.
    found: u64,
}

impl Specials {
    pub(super) fn of(text: &[u8]) -> Self {
        Self::at(text, 0)
    }

    fn at(text: &[u8], block: usize) -> Self {
        Self { block, found: found(text.get(block..).unwrap_or_default()) }
    }

    /// The first special byte from `at` on, which is in the text or at its end; the text's end where there is none.
    #[inline]
    pub(super) fn next(&mut self, text: &[u8], at: usize) -> usize {
        let block = at & !63;
        if block != self.block {
            *self = Self::at(text, block);
        }
        let rest = self.found >> (at & 63);
        if rest != 0 {
            return at + rest.trailing_zeros() as usize;
        }
        self.next_block(text)
    }

    fn next_block(&mut self, text: &[u8]) -> usize {
        loop {
            *self = Self::at(text, self.block + 64);
            if self.found != 0 {
                return self.block + self.found.trailing_zeros() as usize;
            }
        }
    }
}

/// Which of the first 64 bytes are special, the end of the text included.
fn found(text: &[u8]) -> u64 {
    let short: [u8; 64];
    let block = if let Some(block) = text.first_chunk() {
        block
    } else {
        let mut bytes = [0; 64];
        bytes[..text.len()].copy_from_slice(text);
        short = bytes;
        &short
    };
    let mut flags = [0; 64];
    // Without branches, so that it is done many bytes at a time.
    #[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from((*byte == b'"') | (*byte == b'\\') | (*byte < 0x20));
    }
    // The product has the eight lowest bits of eight bytes side by side in its highest byte.
    let eights = flags.as_chunks::<8>().0.iter().rev();
    eights
        .fold(0, |all, eight| all << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56)
}
