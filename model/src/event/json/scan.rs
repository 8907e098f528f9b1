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

/// The first byte from `at` on at which a string may end or go on otherwise: a quote, a backslash, a control character;
/// the text's end where there is none.
///
/// Eight bytes at a time: a byte of `word - 0x0101…` has its highest bit set where the byte was 0, or where it was
/// above 0x80, or a lower byte borrowed. The second is masked out, and of the third no lowest bit can come.
pub(super) fn special(text: &[u8], mut at: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGHEST: u64 = ONES << 7;
    while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*bytes);
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let found = quote.wrapping_sub(ONES) & !quote
            | backslash.wrapping_sub(ONES) & !backslash
            | word.wrapping_sub(ONES * 0x20) & !word;
        if found & HIGHEST != 0 {
            return at + (found & HIGHEST).trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = &text[at..];
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).unwrap_or(rest.len())
}
