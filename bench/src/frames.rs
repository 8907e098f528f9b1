//! What comes over a feed's WebSocket: frames cut out of bytes (RFC 6455 5.2), and what one says, by a search of bytes.
//!
//! No JSON is parsed: ten thousand boards on a core that the server needs too must cost as little as they can.

use std::sync::LazyLock;

use memchr::memmem;

/// Longer than this, a frame is taken for a mistake.
const FRAME_BYTES_MAX: usize = 64 << 20;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// A text frame's payload, or a close.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Text.
    Text(&'a [u8]),
    /// The server closes.
    Close,
    /// Something else, such as a ping.
    Other,
}

/// Cuts bytes into frames. Holds memory only while a frame is not all there.
#[derive(Debug, Default)]
pub struct FrameReader {
    held: Vec<u8>,
}

impl FrameReader {
    /// Takes bytes as they came, and gives each frame that is whole now.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(Frame<'_>)) -> Result<(), &'static str> {
        if self.held.is_empty() {
            let used = cut(bytes, &mut take)?;
            self.held.extend_from_slice(&bytes[used..]);
            return Ok(());
        }
        self.held.extend_from_slice(bytes);
        let used = cut(&self.held, &mut take)?;
        if used == self.held.len() {
            self.held = Vec::new();
        } else {
            self.held.drain(..used);
        }
        Ok(())
    }
}

/// Gives the whole frames at the beginning of `bytes`, and how long they are together.
fn cut(bytes: &[u8], take: &mut impl FnMut(Frame<'_>)) -> Result<usize, &'static str> {
    let mut used = 0;
    while let Some((head, payload)) = lengths(&bytes[used..])? {
        let start = used + head;
        let Some(payload) = bytes.get(start..start + payload) else { break };
        take(match bytes[used] & 0x0f {
            TEXT => Frame::Text(payload),
            CLOSE => Frame::Close,
            _ => Frame::Other,
        });
        used = start + payload.len();
    }
    Ok(used)
}

/// How long head and payload of the frame at the beginning are; `None` while the head is not all there.
fn lengths(bytes: &[u8]) -> Result<Option<(usize, usize)>, &'static str> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & 0x80 == 0 || first & 0x70 != 0 {
        return Err("a frame is in pieces, or of an extension that was not asked for");
    }
    if second & 0x80 != 0 {
        return Err("a server masks no frame");
    }
    let (head, payload) = match (second & 0x7f, rest) {
        (126, rest) => match rest.first_chunk() {
            Some(length) => (4, u16::from_be_bytes(*length).into()),
            None => return Ok(None),
        },
        (127, rest) => match rest.first_chunk() {
            Some(length) => (10, u64::from_be_bytes(*length)),
            None => return Ok(None),
        },
        (short, _) => (2, short.into()),
    };
    match usize::try_from(payload) {
        Ok(payload) if payload <= FRAME_BYTES_MAX => Ok(Some((head, payload))),
        _ => Err("a frame is longer than 64 MiB"),
    }
}

/// A client's text frame. Its mask is zero, which leaves the bytes as they are.
pub fn text_frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x80 | TEXT];
    match text.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0xfe);
            frame.extend_from_slice(&(long as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// What a text frame of the feed says, as far as the bench asks (`docs/feed.md`).
#[derive(Debug, PartialEq, Eq)]
pub enum Said<'a> {
    /// `snapshot`.
    Snapshot {
        /// Its offset.
        offset: u64,
    },
    /// `changes`.
    Changes {
        /// Where it begins.
        from: u64,
        /// Where it leads.
        offset: u64,
    },
    /// `beat`.
    Beat {
        /// Its offset.
        offset: u64,
    },
    /// `fetch`.
    Fetch {
        /// Where.
        url: &'a str,
        /// Of the body.
        epoch: &'a str,
        /// Of the body.
        offset: u64,
    },
    /// Another kind, or not a frame of the feed.
    Other,
}

/// Reads a text frame's head. The server writes the kind first, and offsets before rows.
pub fn said(text: &[u8]) -> Said<'_> {
    read(text).unwrap_or(Said::Other)
}

fn read(text: &[u8]) -> Option<Said<'_>> {
    let kind = text.strip_prefix(br#"{"t":""#)?;
    let kind = &kind[..memchr::memchr(b'"', kind)?];
    Some(match kind {
        b"snapshot" => Said::Snapshot { offset: number(text, b"\"offset\":")? },
        b"changes" => {
            Said::Changes { from: number(text, b"\"from\":")?, offset: number(text, b"\"offset\":")? }
        }
        b"beat" => Said::Beat { offset: number(text, b"\"offset\":")? },
        b"fetch" => Said::Fetch {
            url: string(text, b"\"url\":\"")?,
            epoch: string(text, b"\"epoch\":\"")?,
            offset: number(text, b"\"offset\":")?,
        },
        _ => return None,
    })
}

fn number(text: &[u8], key: &[u8]) -> Option<u64> {
    let at = memmem::find(text, key)? + key.len();
    digits(&text[at..]).map(|(number, _)| number)
}

fn string<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a str> {
    let rest = &text[memmem::find(text, key)? + key.len()..];
    std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
}

/// A number, and how many digits it has.
fn digits(text: &[u8]) -> Option<(u64, usize)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&text[..length]).ok()?.parse().ok()?;
    Some((number, length))
}

/// Where an event's number and stamp are: an extension's note.
static NOTE: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"\"note\":\""));

/// Number and stamp of every event that a frame's rows show: `"note":"number:stamp"`.
pub fn stamps(text: &[u8]) -> impl Iterator<Item = (u64, u64)> {
    NOTE.find_iter(text).filter_map(|at| {
        let note = &text[at + NOTE.needle().len()..];
        let (number, length) = digits(note)?;
        let stamp = note[length..].strip_prefix(b":")?;
        Some((number, digits(stamp)?.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's frame, as RFC 6455 5.2 draws it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload.len() {
            short @ 0..=125 => bytes.push(short as u8),
            middle @ 126..=65_535 => {
                bytes.push(126);
                bytes.extend((middle as u16).to_be_bytes());
            }
            long => {
                bytes.push(127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        bytes.extend(payload);
        bytes
    }

    fn all(bytes: &[u8], piece: usize) -> Vec<Option<Vec<u8>>> {
        let (mut reader, mut found) = (FrameReader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            reader
                .push(piece, |frame| {
                    found.push(match frame {
                        Frame::Text(text) => Some(text.to_vec()),
                        Frame::Close | Frame::Other => None,
                    });
                })
                .unwrap();
        }
        assert!(reader.held.is_empty() && reader.held.capacity() == 0, "nothing is held after a whole frame");
        found
    }

    #[test]
    fn frames_of_every_length_are_cut_wherever_the_bytes_are_cut() {
        let texts = [0, 1, 125, 126, 127, 65_535, 65_536].map(|length| vec![b'x'; length]);
        let mut bytes = frame(0x89, b"ping");
        for text in &texts {
            bytes.extend(frame(0x81, text));
        }
        bytes.extend(frame(0x88, &[0x03, 0xe9]));
        let mut wanted = vec![None];
        wanted.extend(texts.map(Some));
        wanted.push(None);
        for piece in [1, 2, 3, 7, 127, 4096, bytes.len()] {
            assert!(all(&bytes, piece) == wanted, "pieces of {piece}");
        }
    }

    #[test]
    fn what_a_server_must_not_send_is_said() {
        let broken = |bytes: &[u8]| FrameReader::default().push(bytes, |_| ()).is_err();
        assert!(broken(&[0x01, 0x00]), "a piece");
        assert!(broken(&[0xc1, 0x00]), "an extension");
        assert!(broken(&[0x81, 0x80]), "a mask");
        assert!(broken(&[0x81, 127, 1, 0, 0, 0, 0, 0, 0, 0]), "too long");
    }

    #[test]
    fn a_clients_frame_is_masked_by_zero() {
        assert_eq!(text_frame("ab"), [0x81, 0x82, 0, 0, 0, 0, b'a', b'b']);
        let long = text_frame(&"x".repeat(300));
        assert_eq!((&long[..4], long.len()), (&[0x81, 0xfe, 1, 44][..], 308));
    }

    /// The frames are those of docs/feed.md, written as the server writes them.
    #[test]
    fn a_frame_says_where_it_leads() {
        let changes = br#"{"t":"changes","view":"extensions","from":41,"offset":43,"at":1786000000250,"rows":[{"k":"extension","note":"7:1234"},{"note":null},{"note":"at lunch"},{"note":"8:99"}],"gone":[]}"#;
        assert_eq!(said(changes), Said::Changes { from: 41, offset: 43 });
        assert_eq!(stamps(changes).collect::<Vec<_>>(), [(7, 1234), (8, 99)]);
        assert_eq!(
            said(br#"{"t":"snapshot","view":"x","epoch":"e.1","offset":4,"at":1,"rows":[]}"#),
            Said::Snapshot { offset: 4 }
        );
        assert_eq!(said(br#"{"t":"beat","view":"x","offset":12,"at":1}"#), Said::Beat { offset: 12 });
        assert_eq!(
            said(br#"{"t":"fetch","view":"x","epoch":"e.1","offset":5,"url":"/api?b=5-1"}"#),
            Said::Fetch { url: "/api?b=5-1", epoch: "e.1", offset: 5 }
        );
        assert_eq!(said(br#"{"t":"bye","why":"shutdown"}"#), Said::Other);
        assert_eq!(said(b"nonsense"), Said::Other);
    }
}
