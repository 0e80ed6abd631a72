//! What must hold for any text of a tracer.

use std::io;

use analyze::filter::Matching;
use analyze::filter::args::Buffer;
use analyze::filter::fields::{Settings, TimeStyle};
use analyze::format::trace::{TraceFormat, recognise};
use analyze::report::{LineFormat, Lines, Lister, ListingRequest, Style};
use analyze::state::{Event, Summary, Visitor, World, read_text};

struct Nowhere;

impl Lines for Nowhere {
    fn line(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// Counts exits; wants nothing.
#[derive(Default)]
struct Counter(u64);

impl Visitor for Counter {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        self.0 += u64::from(event.is_exit());
    }

    fn wants_params(&self) -> bool {
        false
    }
}

fn counted(format: TraceFormat, bytes: &[u8], segment: usize, gaps: bool) -> (u64, Summary) {
    let mut counter = Counter::default();
    let summary = read_text(format, bytes, segment, gaps, &mut counter);
    (counter.0, summary)
}

/// Checks all that must hold.
pub fn check(format: TraceFormat, bytes: &[u8]) {
    let _ = recognise(bytes, true);
    let request = ListingRequest {
        format: LineFormat::usual(),
        matching: Matching::parse("").unwrap(),
        settings: Settings {
            time: TimeStyle::Human,
            buffer: Buffer::Short,
            offset_s: 0,
            snaplen: None,
        },
        style: Style::Text,
        limit: u64::MAX,
        label: None,
    };
    let mut lister = Lister::new(request, Nowhere);
    let listed = read_text(format, bytes, usize::MAX, false, &mut lister);
    let listed = listed.trace.unwrap();
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let lines =
        if bytes.is_empty() { 0 } else { whole.split(|byte| *byte == b'\n').count() as u64 };
    for (segment, gaps) in [(usize::MAX, false), (1, false), (40, false), (40, true)] {
        let (exits, summary) = counted(format, bytes, segment, gaps);
        let facts = summary.trace.unwrap();
        let all = &facts.lines;
        assert_eq!(all.lines, lines);
        assert_eq!(all.events() + all.signals + all.noticed() + all.refused, all.lines);
        assert_eq!(facts.lines, listed.lines);
        assert_eq!(facts.returned, exits);
        assert_eq!(facts.returned, listed.returned);
        // with gaps, calls end at a later line, where a thread's number may be
        // another's
        assert!(gaps || facts.unended == listed.unended);
        assert!(facts.timed <= facts.returned);
    }
}
