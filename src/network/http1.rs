//! HTTP/1.1 as it passes by: a stream of bytes in one direction becomes heads, bodies and ends, whatever pieces it comes in.
//!
//! What could be read in two ways is not read at all: two lengths, a length beside chunks, line feeds without carriage returns,
//! continued lines. So whoever reads the same bytes after us finds the same messages.

use std::collections::VecDeque;

/// Bytes of a head, of the line in front of a chunk, and of the lines after the last one.
const MAX_HEAD: usize = 64 << 10;
const MAX_CHUNK_LINE: usize = 4 << 10;
const MAX_TRAILERS: usize = 16 << 10;
/// Bytes of a head that is not complete, up to which it is looked at whether it can become one.
const MAX_LOOKED_AT: usize = 4 << 10;
/// Headers of a message.
const MAX_HEADERS: usize = 200;
/// Requests on one connection that have no answer yet.
const MAX_UNANSWERED: usize = 1000;

/// Why a stream is not read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not HTTP/1.1 that can be read in one way only: {0}")]
pub struct Unreadable(pub &'static str);

/// A header as it was sent, with its value's white space at both ends removed.
pub type Header = (String, Vec<u8>);

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// For instance `GET`.
    pub method: String,
    /// What stands between method and version.
    pub target: String,
    /// In the order in which they came.
    pub headers: Vec<Header>,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// For instance 200.
    pub status: u16,
    /// For instance `OK`.
    pub reason: String,
    /// In the order in which they came.
    pub headers: Vec<Header>,
}

/// The values of all headers of this name.
pub fn values<'a, 'b>(headers: &'a [Header], name: &'b str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'b> {
    headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}

/// The value of the only header of this name, as text.
pub fn value<'a>(headers: &'a [Header], name: &str) -> Option<&'a str> {
    let mut all = values(headers, name);
    let first = all.next()?;
    if all.next().is_some() { None } else { std::str::from_utf8(first).ok() }
}

/// What comes next in a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A request begins.
    Request(RequestHead),
    /// An answer begins. Interim ones are passed over, but for 101, after which the stream is no longer HTTP.
    Response(ResponseHead),
    /// A part of the body, without the framing of chunks.
    Body(&'a [u8]),
    /// What stood behind the last chunk.
    Trailers(Vec<Header>),
    /// The message is complete.
    End,
}

#[derive(Debug)]
enum State {
    Head,
    Fixed(u64),
    Chunked(Chunks),
    UntilClose,
    /// The trailers were handed over, and the end was not yet.
    AtEnd,
}

/// Reads one direction of a connection.
#[derive(Debug)]
pub struct Reader {
    reads_requests: bool,
    state: State,
    line: Vec<u8>,
    /// Of the requests whose answers come next, which have an answer without a body: `HEAD`.
    asked: VecDeque<bool>,
}

impl Reader {
    /// For what a client sends.
    pub fn of_requests() -> Self {
        Self { reads_requests: true, state: State::Head, line: Vec::new(), asked: VecDeque::new() }
    }

    /// For what a server sends, of which [`Reader::expect`] says what was asked.
    pub fn of_responses() -> Self {
        Self { reads_requests: false, ..Self::of_requests() }
    }

    /// An answer to a request with this method is to come.
    ///
    /// # Errors
    /// When more than 1,000 are to come.
    pub fn expect(&mut self, method: &str) -> Result<(), Unreadable> {
        if self.asked.len() >= MAX_UNANSWERED {
            return Err(Unreadable("more than 1,000 requests wait for an answer"));
        }
        self.asked.push_back(method == "HEAD");
        Ok(())
    }

    /// Whether a message has begun and has not come to its end.
    pub fn is_within(&self) -> bool {
        !matches!(self.state, State::Head) || !self.line.is_empty()
    }

    /// The next event, and `input` is what comes after it. `None`: more bytes are needed, and all of `input` was taken.
    ///
    /// # Errors
    /// When the bytes are not HTTP/1.1, or could be read in more than one way. What follows is not to be read.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Event<'a>>, Unreadable> {
        loop {
            match &mut self.state {
                State::Head => {
                    if !take_until(&mut self.line, input, b"\r\n\r\n", MAX_HEAD, "its head is larger than 64 KiB")? {
                        // Whoever speaks another protocol may wait for an answer before there is a head's worth of bytes.
                        let is_other = self.reads_requests && self.line.len() <= MAX_LOOKED_AT && !can_be_request(&self.line);
                        return if is_other { Err(Unreadable("its head is not one of a request")) } else { Ok(None) };
                    }
                    let line = std::mem::take(&mut self.line);
                    check_line_ends(&line)?;
                    if line.starts_with(b"\r\n") {
                        return Err(Unreadable("an empty line stands in front of it"));
                    }
                    let event = if self.reads_requests { self.request(&line)? } else { self.response(&line)? };
                    if event.is_some() {
                        return Ok(event);
                    }
                }
                State::Fixed(0) | State::AtEnd => {
                    self.state = State::Head;
                    return Ok(Some(Event::End));
                }
                State::Fixed(left) => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let size = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= size as u64;
                    return Ok(Some(Event::Body(take(input, size))));
                }
                State::Chunked(chunks) => {
                    let piece = chunks.next(input)?;
                    return Ok(match piece {
                        None => None,
                        Some(Piece::Data(data)) => Some(Event::Body(data)),
                        Some(Piece::End(trailers)) if trailers.is_empty() => {
                            self.state = State::Head;
                            Some(Event::End)
                        }
                        Some(Piece::End(trailers)) => {
                            self.state = State::AtEnd;
                            Some(Event::Trailers(trailers))
                        }
                    });
                }
                State::UntilClose => {
                    let all = std::mem::take(input);
                    return Ok(if all.is_empty() { None } else { Some(Event::Body(all)) });
                }
            }
        }
    }

    /// The stream has ended. Whether that was the end of a message, or came between two.
    pub fn close(&mut self) -> bool {
        let is_whole = matches!(self.state, State::UntilClose) || !self.is_within();
        self.state = State::Head;
        self.line.clear();
        is_whole
    }

    fn request<'a>(&mut self, bytes: &[u8]) -> Result<Option<Event<'a>>, Unreadable> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(bytes) {
            Ok(httparse::Status::Complete(size)) if size == bytes.len() => {}
            Ok(_) | Err(_) => return Err(Unreadable("its head is not one of a request")),
        }
        if request.version != Some(1) {
            return Err(Unreadable("its version is not HTTP/1.1"));
        }
        let head = RequestHead {
            method: request.method.unwrap_or_default().to_owned(),
            target: request.path.unwrap_or_default().to_owned(),
            headers: owned(request.headers),
        };
        self.state = match framing(&head.headers)? {
            Framing::Chunked => State::Chunked(Chunks::default()),
            Framing::Length(length) => State::Fixed(length),
            Framing::Unsaid => State::Fixed(0),
        };
        Ok(Some(Event::Request(head)))
    }

    /// `None` for an interim answer, after which the real one comes.
    fn response<'a>(&mut self, bytes: &[u8]) -> Result<Option<Event<'a>>, Unreadable> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(bytes) {
            Ok(httparse::Status::Complete(size)) if size == bytes.len() => {}
            Ok(_) | Err(_) => return Err(Unreadable("its head is not one of an answer")),
        }
        let status = response.code.unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            return Ok(None);
        }
        let is_head = self.asked.pop_front().ok_or(Unreadable("an answer came that nobody asked for"))?;
        let head = ResponseHead { status, reason: response.reason.unwrap_or_default().to_owned(), headers: owned(response.headers) };
        self.state = if is_head || status == 204 || status == 304 || status == 101 {
            State::Fixed(0)
        } else {
            match framing(&head.headers)? {
                Framing::Chunked => State::Chunked(Chunks::default()),
                Framing::Length(length) => State::Fixed(length),
                Framing::Unsaid => State::UntilClose,
            }
        };
        Ok(Some(Event::Response(head)))
    }
}

enum Framing {
    Length(u64),
    Chunked,
    Unsaid,
}

fn framing(headers: &[Header]) -> Result<Framing, Unreadable> {
    let mut lengths = values(headers, "content-length");
    let mut codings = values(headers, "transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(Framing::Unsaid),
        (Some(_), Some(_)) => Err(Unreadable("it has a length and chunks")),
        (None, Some(coding)) => {
            if codings.next().is_some() || !coding.eq_ignore_ascii_case(b"chunked") {
                return Err(Unreadable("its transfer coding is not `chunked` alone"));
            }
            Ok(Framing::Chunked)
        }
        (Some(length), None) => {
            let text = std::str::from_utf8(length).unwrap_or_default();
            let is_number = !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
            if lengths.next().is_some() || !is_number {
                return Err(Unreadable("its length is not one number"));
            }
            text.parse().map(Framing::Length).map_err(|_| Unreadable("its length is not one number"))
        }
    }
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<Header> {
    headers.iter().map(|header| (header.name.to_owned(), header.value.trim_ascii().to_vec())).collect()
}

/// Whether a request can begin so.
fn can_be_request(bytes: &[u8]) -> bool {
    let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (method, target, version) = (words.next().unwrap_or_default(), words.next(), words.next());
    let is_method = method.len() <= 32 && method.iter().copied().all(is_token) && !(method.is_empty() && target.is_some());
    let is_target = target.is_none_or(|target| target.iter().all(|byte| *byte > b' ' && *byte != 0x7f));
    let full = b"HTTP/1.1\r\n";
    is_method && is_target && version.is_none_or(|version| full.starts_with(version))
}

/// A line feed always follows a carriage return, and the other way round.
fn check_line_ends(bytes: &[u8]) -> Result<(), Unreadable> {
    let feeds = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').all(|(i, _)| i > 0 && bytes[i - 1] == b'\r');
    let returns = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\r').all(|(i, _)| bytes.get(i + 1) == Some(&b'\n'));
    if feeds && returns { Ok(()) } else { Err(Unreadable("a line ends in something other than CR LF")) }
}

fn take<'a>(input: &mut &'a [u8], size: usize) -> &'a [u8] {
    let (taken, rest) = input.split_at(size);
    *input = rest;
    taken
}

/// Moves bytes from `input` until `line` ends in `end`. Whether it does.
fn take_until(line: &mut Vec<u8>, input: &mut &[u8], end: &[u8], most: usize, what: &'static str) -> Result<bool, Unreadable> {
    while let Some(feed) = input.iter().position(|byte| *byte == b'\n') {
        line.extend_from_slice(take(input, feed + 1));
        if line.len() > most {
            return Err(Unreadable(what));
        }
        if line.ends_with(end) {
            return Ok(true);
        }
    }
    let rest = take(input, input.len());
    line.extend_from_slice(rest);
    if line.len() > most { Err(Unreadable(what)) } else { Ok(false) }
}

/// What comes next in a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of the body.
    Data(&'a [u8]),
    /// The body is complete; with what stood behind it.
    End(Vec<Header>),
}

#[derive(Debug, Default)]
enum ChunkState {
    #[default]
    Size,
    Data(u64),
    AfterData,
    Trailers,
    Ended,
}

/// Reads a chunked body, HTTP's or that of AWS's signed chunks, whose lines have extensions.
#[derive(Debug, Default)]
pub struct Chunks {
    state: ChunkState,
    line: Vec<u8>,
    trailers: Vec<Header>,
    trailer_bytes: usize,
}

impl Chunks {
    /// Whether the last piece was handed over.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, ChunkState::Ended)
    }

    /// The next piece, and `input` is what comes after it. `None`: more bytes are needed, or it has ended.
    ///
    /// # Errors
    /// When the framing is wrong.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Piece<'a>>, Unreadable> {
        loop {
            match &mut self.state {
                ChunkState::Size => {
                    if !take_until(&mut self.line, input, b"\n", MAX_CHUNK_LINE, "the line in front of a chunk is too long")? {
                        return Ok(None);
                    }
                    let line = std::mem::take(&mut self.line);
                    check_line_ends(&line)?;
                    let text = std::str::from_utf8(&line).map_err(|_| Unreadable("a chunk has no size"))?;
                    let digits = text.trim_end_matches("\r\n").split(';').next().unwrap_or_default();
                    if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        return Err(Unreadable("a chunk has no size"));
                    }
                    let size = u64::from_str_radix(digits, 16).map_err(|_| Unreadable("a chunk has no size"))?;
                    self.state = if size == 0 { ChunkState::Trailers } else { ChunkState::Data(size) };
                }
                ChunkState::Data(0) => self.state = ChunkState::AfterData,
                ChunkState::Data(left) => {
                    if input.is_empty() {
                        return Ok(None);
                    }
                    let size = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= size as u64;
                    return Ok(Some(Piece::Data(take(input, size))));
                }
                ChunkState::AfterData => {
                    if !take_until(&mut self.line, input, b"\n", 2, "a chunk is longer than its size")? {
                        return Ok(None);
                    }
                    if std::mem::take(&mut self.line) != b"\r\n" {
                        return Err(Unreadable("a chunk is longer than its size"));
                    }
                    self.state = ChunkState::Size;
                }
                ChunkState::Trailers => {
                    if !take_until(&mut self.line, input, b"\n", MAX_TRAILERS, "there is too much behind the last chunk")? {
                        return Ok(None);
                    }
                    let line = std::mem::take(&mut self.line);
                    check_line_ends(&line)?;
                    if line == b"\r\n" {
                        self.state = ChunkState::Ended;
                        return Ok(Some(Piece::End(std::mem::take(&mut self.trailers))));
                    }
                    self.trailer_bytes += line.len();
                    if self.trailer_bytes > MAX_TRAILERS {
                        return Err(Unreadable("there is too much behind the last chunk"));
                    }
                    let text = std::str::from_utf8(&line).map_err(|_| Unreadable("a line behind the last chunk is not a header"))?;
                    let (name, value) = text.split_once(':').ok_or(Unreadable("a line behind the last chunk is not a header"))?;
                    if name.is_empty() || !name.bytes().all(is_token) {
                        return Err(Unreadable("a line behind the last chunk is not a header"));
                    }
                    self.trailers.push((name.to_owned(), value.trim().as_bytes().to_vec()));
                }
                ChunkState::Ended => return Ok(None),
            }
        }
    }
}

/// Whether a byte can be in the name of a header or of a method.
pub fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heads, bodies and trailers in words, read in pieces of this size.
    fn read(reader: &mut Reader, bytes: &[u8], size: usize) -> Result<String, Unreadable> {
        let mut out = String::new();
        for mut piece in bytes.chunks(size) {
            while let Some(event) = reader.next(&mut piece)? {
                match event {
                    Event::Request(head) => out.push_str(&format!("<{} {}>", head.method, head.target)),
                    Event::Response(head) => out.push_str(&format!("<{} {}>", head.status, head.reason)),
                    Event::Body(body) => out.push_str(&String::from_utf8_lossy(body)),
                    Event::Trailers(trailers) => out.push_str(&format!("[{}]", trailers.len())),
                    Event::End => out.push('.'),
                }
            }
        }
        Ok(out)
    }

    #[test]
    fn requests_are_read_in_pieces_of_any_size() {
        let text = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\n\r\nPUT /c HTTP/1.1\r\n\
            Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n";
        for size in [1, 2, 3, 7, 1000] {
            let found = read(&mut Reader::of_requests(), text, size).expect("it is HTTP");
            assert_eq!(found, "<POST /a>abc.<GET /b>.<PUT /c>abcde[1].", "{size}");
        }
    }

    /// Or a client of another protocol would wait for an answer to what nobody has sent.
    #[test]
    fn what_cannot_become_a_request_is_known_at_once() {
        let begins = |bytes: &[u8], size| read(&mut Reader::of_requests(), bytes, size).is_ok();
        for size in [1, 1000] {
            for other in [
                &b"\x16\x03\x01\x02\x00"[..],
                b"*3\r\n",
                b"PING\r\n",
                b"EHLO x\r\n",
                b"\x00\x00\x00\x08",
                b"U\x00\x00\x01",
                b" GET",
                b"GET /a HTTP/2",
                b"SSH-2.0-x\r\n",
                b"GET  /",
                b"PRI * HTTP/2.0\r\n",
            ] {
                assert!(!begins(other, size), "{other:?}");
            }
            for start in [&b"G"[..], b"GET", b"GET ", b"GET /a?b", b"OPTIONS * HTTP/1", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\nHo"] {
                assert!(begins(start, size), "{start:?}");
            }
        }
    }

    #[test]
    fn answers_end_by_what_was_asked() {
        let text =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 \r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest";
        for size in [1, 5, 1000] {
            let mut reader = Reader::of_responses();
            ["HEAD", "GET", "GET"].iter().for_each(|method| reader.expect(method).expect("few"));
            assert_eq!(read(&mut reader, text, size).expect("it is HTTP"), "<200 OK>.<304 >.<200 OK>rest");
            assert!(reader.is_within() && reader.close() && !reader.is_within());
        }
        assert!(read(&mut Reader::of_responses(), b"HTTP/1.1 200 OK\r\n\r\n", 100).is_err(), "nobody asked");
    }

    #[test]
    fn what_two_readers_could_read_in_two_ways_is_not_read() {
        for wrong in [
            "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: +3\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n",
            "GET / HTTP/1.1\nHost: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\n\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "GET /a b HTTP/1.1\r\n\r\n",
            "\r\nGET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nnot a header\r\n\r\n",
        ] {
            for size in [1, 1000] {
                assert!(read(&mut Reader::of_requests(), wrong.as_bytes(), size).is_err(), "{wrong:?}");
            }
        }
        let large = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(MAX_HEAD));
        assert!(read(&mut Reader::of_requests(), large.as_bytes(), 1000).is_err());
        let endless = format!("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n{}", "A: b\r\n".repeat(MAX_TRAILERS));
        assert!(read(&mut Reader::of_requests(), endless.as_bytes(), 1000).is_err());
    }
}
