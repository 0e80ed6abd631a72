//! HTTP requests and their responses, found in the data of reads and writes: the table
//! `http`. The rules are those of sysdig's `httplog` and `httptop`, on the data as text
//! with a dot for every byte that cannot be printed: a request begins with a method and
//! a URL; the first data of the same process and file descriptor in which a status line
//! stands answers it. So only what a capture holds of the data is seen, and of requests
//! sent before the first is answered only that one.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::event::Kind;
use crate::filter::Matching;
use crate::filter::fields::{Context, Previous, Settings, lookup};
use crate::filter::value::{Value, Values};
use crate::state::{Event, World};

/// Reads and writes of data on sockets.
const ABOUT: &str = "evt.is_io=true and evt.buflen>0 and fd.sockfamily in (ip, unix)";

/// Requests that wait for their response, at most; further ones are not taken.
const LIMIT: usize = 65_536;

/// What is told of a request, beside its response's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpPart {
    /// `GET`, `POST`…
    Method,
    /// Host and path.
    Url,
    /// `<`: the request was read, so this is the server; `>`: it was written.
    Direction,
    /// Status of the response.
    Status,
    /// Time from the request to the response, ns.
    Latency,
    /// Bytes of the response by its `Content-Length`; 0 where it does not say.
    Size,
}

impl HttpPart {
    /// All, with the names of their columns.
    pub const ALL: [(&str, HttpPart); 6] = [
        ("http_dir", HttpPart::Direction),
        ("http_method", HttpPart::Method),
        ("http_url", HttpPart::Url),
        ("http_status", HttpPart::Status),
        ("http_latency", HttpPart::Latency),
        ("http_size", HttpPart::Size),
    ];

    /// Whether it is a number.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, HttpPart::Status | HttpPart::Latency | HttpPart::Size)
    }
}

#[derive(Clone, Debug, Default)]
struct Request {
    method: String,
    url: String,
    direction: &'static str,
    ts_ns: u64,
}

/// Who waits for what.
#[derive(Debug)]
pub struct Http {
    /// What carries data; nothing only if the filter above were none.
    about: Option<Matching>,
    /// By process and file descriptor.
    waiting: HashMap<(i64, i64), Request, RandomState>,
    request: Request,
    status: i64,
    latency_ns: i64,
    size: i64,
}

impl Http {
    /// Nobody waits yet.
    #[must_use]
    pub fn new() -> Http {
        Http {
            about: Matching::parse(ABOUT).ok(),
            waiting: HashMap::default(),
            request: Request::default(),
            status: 0,
            latency_ns: 0,
            size: 0,
        }
    }

    /// Whether events of a kind may carry data.
    pub fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.about.as_ref().is_some_and(|about| about.may_pass(kind, exit))
    }

    /// Takes an event; true: it ends a request, which [`Self::part`] tells of.
    pub fn take(&mut self, event: &Event<'_>, world: &World, settings: &Settings) -> bool {
        let about = self.about.as_mut();
        if !about.is_some_and(|about| about.passes(event, world, settings)) {
            return false;
        }
        let previous = Previous::default();
        let context = Context { event, world, settings, previous: &previous };
        let Some(key) = key(&context) else { return false };
        let Some(data) = text(&context, "evt.buffer") else { return false };
        if let Some(request) = self.waiting.get(&key) {
            let Some((status, size)) = response(&data) else { return false };
            (self.status, self.size) = (status, size);
            self.latency_ns = event.raw.ts_ns.wrapping_sub(request.ts_ns).cast_signed();
            self.request = self.waiting.remove(&key).unwrap_or_default();
            return true;
        }
        if self.waiting.len() < LIMIT
            && let Some((method, url)) = request(&data)
        {
            let direction = match text(&context, "evt.io_dir").as_deref() {
                Some(b"read") => "<",
                Some(b"write") => ">",
                _ => "<NA>",
            };
            let request = Request { method, url, direction, ts_ns: event.raw.ts_ns };
            self.waiting.insert(key, request);
        }
        false
    }

    /// What is told of the request that ended.
    #[must_use]
    pub fn part(&self, part: HttpPart) -> Value<'_> {
        match part {
            HttpPart::Method => Value::text(&self.request.method),
            HttpPart::Url => Value::text(&self.request.url),
            HttpPart::Direction => Value::text(self.request.direction),
            HttpPart::Status => Value::Signed(self.status),
            HttpPart::Latency => Value::Signed(self.latency_ns),
            HttpPart::Size => Value::Signed(self.size),
        }
    }
}

/// Process and file descriptor.
fn key(context: &Context<'_>) -> Option<(i64, i64)> {
    let identity = context.identity()?;
    Some((identity.pid, context.call()?.fd))
}

/// A field's text.
fn text(context: &Context<'_>, name: &str) -> Option<Vec<u8>> {
    let (field, argument) = lookup(name).ok()?;
    let mut values = Values::new();
    field.values(context, &argument, &mut values);
    match values.first()? {
        Value::Text(text) => Some(text.to_vec()),
        Value::Bytes(bytes) => {
            let mut out = Vec::new();
            crate::filter::args::write_buffer(bytes, crate::filter::args::Buffer::Full, &mut out);
            Some(out)
        }
        _ => None,
    }
}

fn graphic(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(text.len());
    &text[..end]
}

fn digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

fn owned(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// What follows a word, the first time that something acceptable does.
fn behind<'t, T>(text: &'t [u8], word: &[u8], accept: impl Fn(&'t [u8]) -> Option<T>) -> Option<T> {
    memchr::memmem::find_iter(text, word).find_map(|at| accept(&text[at + word.len()..]))
}

/// Method and URL, if the data begins a request.
fn request(data: &[u8]) -> Option<(String, String)> {
    let end = data.iter().position(|byte| !byte.is_ascii_uppercase())?;
    let (method, rest) = data.split_at(end);
    let url = graphic(rest.strip_prefix(b" ")?);
    if method.is_empty() || url.is_empty() {
        return None;
    }
    // the name ends in the line's end, which is two dots here
    let host = behind(data, b"Host: ", |rest| {
        let run = graphic(rest);
        let end = memchr::memmem::rfind(run, b"..").filter(|end| *end > 0)?;
        Some(&run[..end])
    });
    Some((owned(method), owned(host.unwrap_or_default()) + &owned(url)))
}

/// Status and length, if the data holds a response.
fn response(data: &[u8]) -> Option<(i64, i64)> {
    let number = |text: &[u8]| std::str::from_utf8(digits(text)).ok()?.parse::<i64>().ok();
    let status = behind(data, b"HTTP/", |rest| {
        let version = graphic(rest);
        let rest = rest[version.len()..].strip_prefix(b" ").filter(|_| !version.is_empty())?;
        number(rest)
    })?;
    let length = behind(data, b"Content-Length: ", |rest| {
        rest[digits(rest).len()..].starts_with(b"..").then(|| number(rest)).flatten()
    });
    Some((status, length.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_responses_are_told_by_their_first_lines() {
        let made = |data: &[u8]| request(data).map(|(method, url)| format!("{method} {url}"));
        let whole = b"GET /a?b HTTP/1.1..Host: example.com:80..Accept: */*....";
        assert_eq!(made(whole).as_deref(), Some("GET example.com:80/a?b"));
        assert_eq!(made(b"POST /x HTTP/1.0").as_deref(), Some("POST /x"));
        assert_eq!(made(b"get /x"), None);
        assert_eq!(made(b"GET  /x"), None);
        assert_eq!(made(b"GET"), None);
        let ok = b"HTTP/1.1 200 OK..Server: x..Content-Length: 42....";
        assert_eq!(response(ok), Some((200, 42)));
        assert_eq!(response(b"..HTTP/2 404 "), Some((404, 0)));
        assert_eq!(response(b"HTTP/ 200"), None);
        assert_eq!(response(b"HTTP/1.1 OK HTTP/1.1 301.."), Some((301, 0)));
        assert_eq!(response(b"HTTP/1.1 200 OK..Content-Length: 4"), Some((200, 0)));
    }

    #[test]
    fn its_filter_is_a_sound_one() {
        assert!(Http::new().about.is_some());
    }
}
