//! However a capture is cut into segments, and whoever reads them, the answer
//! is the one of a single walk: every figure, every count, every loss.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use analyze::chisel::{
    CallStats, GroupBy, Interval, Rule, Spectrogram, SpectrogramRequest, TopScalls,
    TopScallsRequest,
};
use analyze::compare::CaptureFacts;
use analyze::filter::{ContainerMatch, Matching, Names, Selection, TimeBound};
use analyze::report::info_json;
use analyze::source::{Location, Window};
use analyze::state::{Containers, Cuts, Opened, Summary, Tally, read, read_in_segments, read_with};

use crate::generated::Random;
use crate::lines::lines;
use crate::made::made_captures;
use crate::shared::{cases, fixtures};
use crate::soup::{Recipe, soup};

fn open(path: &Path) -> Option<Opened<'static>> {
    Opened::open(&[Location::File(path.to_owned())], None).ok()
}

/// Reads with one walk, or in segments.
fn summary<V: Tally + Send>(path: &Path, cuts: Option<&Cuts>, visitor: &mut V) -> Summary {
    let opened = open(path).expect("it was opened before");
    match cuts {
        None => read(opened, visitor),
        Some(cuts) => read_in_segments(opened, visitor, cuts),
    }
}

/// Everything that `topscalls` and `info` say, as text.
fn topscalls(path: &Path, cuts: Option<&Cuts>, request: &TopScallsRequest) -> String {
    let mut collector = TopScalls::<CallStats>::new(request.clone()).unwrap();
    let mut summary = summary(path, cuts, &mut collector);
    summary.files = vec!["capture".into()];
    (summary.compression, summary.input_bytes) = ("", 0);
    let result = collector.finish(&summary);
    let mut text = format!(
        "{:?} {:?} {:?} {:?} {} {:?} {}\n",
        result.periods,
        result.containers,
        result.names,
        result.processes,
        result.span_ns,
        result.stand_ins,
        result.did_not_fail
    );
    for row in &result.rows {
        let stats = &row.stats;
        let quantiles = [0.0, 0.1, 0.5, 0.9, 0.99, 1.0].map(|q| stats.quantile_ns(q));
        text.push_str(&format!(
            "{:?} {} {} {} {} {} {} {} {} {} {:?} {:?} {} {quantiles:?}\n",
            row.group,
            row.event,
            stats.enters,
            stats.paired,
            stats.strays,
            stats.others,
            stats.errors_paired,
            stats.errors_strays,
            stats.total_ns,
            stats.other_ns,
            stats.min_ns(),
            stats.max_ns(),
            stats.latencies.count(),
        ));
    }
    let facts = CaptureFacts { label: "capture".into(), summary, result };
    text + &format!("{:#}", info_json(&[facts]))
}

/// Everything in a spectrogram, as text.
fn spectrogram(path: &Path, cuts: Option<&Cuts>, request: &SpectrogramRequest) -> String {
    let mut collector = Spectrogram::collector(request.clone());
    let summary = summary(path, cuts, &mut collector);
    let found = collector.finish(&summary);
    let quantiles = [0.0, 0.1, 0.5, 0.9, 0.99, 1.0].map(|q| found.latencies.quantile(q));
    format!(
        "{} {} {} {} {quantiles:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        found.calls,
        found.unpaired,
        found.exits,
        found.did_not_fail,
        found.stand_ins,
        found.names,
        found.containers,
        found.processes,
        found.cells.interval_ns(),
        found.cells.rows(),
    )
}

fn names(text: &str) -> Names {
    Names::parse(&[text.to_owned()]).unwrap()
}

fn requests() -> Vec<TopScallsRequest> {
    let of = |selection: Selection, group_by| TopScallsRequest { selection, group_by, per: None };
    let filter =
        |text: &str| Selection { filter: Matching::parse(text).unwrap(), ..Selection::default() };
    let mut all = vec![
        of(Selection::default(), GroupBy::Nothing),
        of(Selection::default(), GroupBy::Container),
        of(Selection::default(), GroupBy::Thread),
    ];
    let since = TimeBound::parse("100us").unwrap();
    all.push(of(
        Selection { since: Some(since), errors: true, ..Selection::default() },
        GroupBy::Process,
    ));
    let containers = ContainerMatch::parse(&["*a*".to_owned()]).unwrap();
    all.push(of(Selection { containers, ..Selection::default() }, GroupBy::Nothing));
    all.push(of(
        Selection { events: names("lstat,read,sw*"), ..Default::default() },
        GroupBy::Nothing,
    ));
    for text in [
        "evt.type!=close and evt.cpu>=0 and evt.rawtime>0",
        "evt.latency>700 or evt.type=futex",
        "evt.num>50 and evt.reltime>1000",
        "evt.rawres<0",
        "proc.name=comm1",
    ] {
        all.push(of(filter(text), GroupBy::Nothing));
    }
    let per = Some("close".to_owned());
    all.push(TopScallsRequest { per, ..TopScallsRequest::default() });
    all
}

fn spectrogram_requests() -> Vec<SpectrogramRequest> {
    let of = |rule, interval, evt: &str, container: &str| SpectrogramRequest {
        selection: Selection {
            events: names(evt),
            containers: ContainerMatch::parse(&[container.to_owned()]).unwrap(),
            ..Selection::default()
        },
        rule,
        interval,
        columns: 110,
    };
    vec![
        of(Rule::Paired, Interval::AtMost(40), "read,lstat", ""),
        of(Rule::Sysdig, Interval::Fixed(1_000_000), "*", "*a*"),
        of(Rule::Paired, Interval::AtMost(7), "*", ""),
    ]
}

/// All answers, each with what it is an answer to.
fn answers(path: &Path, cuts: Option<&Cuts>, requests: &[TopScallsRequest]) -> Vec<String> {
    let first = requests.iter().map(|request| topscalls(path, cuts, request));
    let second = spectrogram_requests();
    first.chain(second.iter().map(|request| spectrogram(path, cuts, request))).collect()
}

/// Compares the answers to every cut with those of one walk.
fn compare(name: &str, path: &Path, cuts: &[Cuts], requests: &[TopScallsRequest]) {
    let wanted = answers(path, None, requests);
    for cuts in cuts {
        for (at, (got, wanted)) in
            answers(path, Some(cuts), requests).iter().zip(&wanted).enumerate()
        {
            if got != wanted {
                let lines = got.lines().zip(wanted.lines()).find(|(got, wanted)| got != wanted);
                panic!("{name}, {cuts:?}, request {at}: segments and one walk differ: {lines:#?}");
            }
        }
    }
}

/// Into so many segments.
fn into(count: usize, len: usize) -> Cuts {
    Cuts::Every(len.div_ceil(count).max(1) as u64)
}

/// At random places.
fn anywhere(random: &mut Random, count: usize, len: usize) -> Cuts {
    let mut cuts: Vec<u64> = (0..count).map(|_| random.below(len) as u64).collect();
    cuts.sort_unstable();
    Cuts::At(cuts)
}

/// The capture's bytes in a plain file, which can be cut.
fn plain(folder: &Path, path: &Path) -> PathBuf {
    let mut window = Window::open(&Location::File(path.to_owned())).unwrap();
    let plain = folder.join("plain.scap");
    let mut file = fs::File::create(&plain).unwrap();
    loop {
        let bytes = window.bytes();
        let taken = bytes.len();
        file.write_all(bytes).unwrap();
        window.consume(taken);
        if !window.fill() && window.bytes().is_empty() {
            return plain;
        }
    }
}

fn pools() -> Vec<rayon::ThreadPool> {
    [1, 2, 5].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap()).into()
}

#[test]
fn recorded_captures_give_the_same_answer_however_they_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let mut paths = fixtures();
    paths.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    let (all, few) = (requests(), [requests().remove(0), requests().remove(1)]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for (at, (name, path)) in paths.iter().enumerate() {
        let path = plain(folder.path(), path);
        let len = fs::metadata(&path).unwrap().len() as usize;
        let random = anywhere(&mut random, 20, len);
        let many = [into(3, len), into(64, len), random];
        // every question of some, the first of all
        let requests = if at % 8 == 0 { &all[..] } else { &few[..] };
        let cuts = if at % 8 == 0 { &many[..] } else { &many[1..] };
        pool.install(|| compare(name, &path, cuts, requests));
    }
}

#[test]
fn made_captures_give_the_same_answer_however_they_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.scap");
    let requests = requests();
    let mut random = Random(3);
    for (name, _, bytes) in made_captures() {
        fs::write(&path, &bytes).unwrap();
        if open(&path).is_none() {
            continue;
        }
        // cuts at every block's border, and anywhere
        let cuts =
            [Cuts::Every(8), Cuts::Every(100), anywhere(&mut random, 9, bytes.len()), Cuts::Auto];
        compare(name, &path, &cuts, &requests);
    }
}

#[test]
fn soups_give_the_same_answer_however_they_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("soup.scap");
    let (requests, pools) = (requests(), pools());
    let mut random = Random(11);
    let recipe = |events, threads, life, trouble| Recipe { events, threads, life, trouble };
    let recipes = [
        recipe(3000, 6, 60, 0),
        recipe(3000, 40, 200, 4),
        recipe(3000, 12, 30, 12),
        recipe(6000, 300, 5, 1),
    ];
    let seeds = std::env::var("SOUPS").map_or(24, |n| n.parse().unwrap());
    for seed in 0..seeds {
        let bytes = soup(seed, recipes[seed as usize % recipes.len()]);
        fs::write(&path, &bytes).unwrap();
        let len = bytes.len();
        let mut cuts: Vec<Cuts> = [1, 2, 3, 8, 64].map(|count| into(count, len)).into();
        cuts.extend((0..3).map(|_| anywhere(&mut random, 30, len)));
        let pool = &pools[seed as usize % pools.len()];
        pool.install(|| compare(&format!("soup {seed}"), &path, &cuts, &requests));
    }
}

#[test]
fn streams_give_the_answer_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, zipped) = (folder.path().join("soup.scap"), folder.path().join("soup.scap.gz"));
    let recipe = Recipe { events: 60_000, threads: 30, life: 20, trouble: 1 };
    // more than one piece of a stream
    let bytes = soup(99, recipe);
    assert!(bytes.len() > 4 << 20, "{} bytes", bytes.len());
    fs::write(&path, &bytes).unwrap();
    fs::write(&zipped, crate::refused::gzip(&bytes)).unwrap();
    for request in &requests()[..3] {
        let wanted = topscalls(&path, None, request);
        let got = topscalls(&zipped, Some(&Cuts::Auto), request);
        let lines = got.lines().zip(wanted.lines()).find(|(got, wanted)| got != wanted);
        assert_eq!(got, wanted, "{lines:#?}");
    }
}

#[test]
fn more_threads_than_the_table_takes_are_read_one_by_one() {
    use crate::scap_writer::{ScapWriter, enter, exit, param};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.scap");
    let mut writer = ScapWriter::new().machine(2, "many").interfaces(true).processes(&[]);
    for round in 0..2u64 {
        for tid in 0..135_000u64 {
            let ts_ns = 1_700_000_000_000_000_000 + (round * 200_000 + tid) * 100;
            writer = writer.event(&enter(ts_ns, tid as i64, 4, &[param::i64(3)]));
            writer = writer.event(&exit(ts_ns + 50, tid as i64, 5, &[param::i64(0)]));
        }
    }
    let bytes = writer.finish();
    fs::write(&path, &bytes).unwrap();
    let requests = [
        TopScallsRequest::default(),
        TopScallsRequest { group_by: GroupBy::Container, ..TopScallsRequest::default() },
    ];
    compare("many threads", &path, &[Cuts::Auto, into(64, bytes.len())], &requests);
}

/// Queries that look at few kinds of events, and at what their threads did before.
const SIFTED: [&str; 8] = [
    "SELECT evt_num, evt_rawtime, evt_latency, evt_type, evt_dir, fd_num, fd_name, fd_type, evt_rawres, proc_name, proc_pid, proc_pname, container_name FROM events WHERE evt_is_io",
    "SELECT evt_num, evt_latency, fd_num, fd_name, proc_name, thread_tid, proc_cwd, proc_fdopencount FROM calls WHERE evt_type = 'read'",
    "SELECT evt_num, evt_latency, fd_name, evt_arg_name, thread_ismain FROM events WHERE evt_type IN ('open', 'openat', 'close')",
    "SELECT evt_num, thread_tid, thread_cpu, proc_name FROM events WHERE evt_type = 'procinfo'",
    "SELECT evt_num, evt_latency, proc_name, thread_pfmajor, thread_vmrss FROM events WHERE evt_type = 'switch'",
    "SELECT evt_num, evt_latency, fd_num, proc_exepath, proc_args FROM events WHERE evt_type IN ('futex', 'fstat', 'clone', 'execve', 'procexit')",
    "SELECT evt_num, evt_latency, evt_reltime, evt_dir, fd_num FROM events WHERE evt_type = 'futex' AND evt_num > 9",
    "SELECT evt_num, evt_rawtime, fd_num, evt_latency FROM events WHERE evt_failed AND evt_type = 'stat'",
];

/// The rows that a query asks for, and all that is said of the capture.
fn rows(path: &Path, text: &str, cuts: &Cuts) -> String {
    use analyze::chisel::sql::{Cells, Query, Rows, RowsRequest};
    let query = Query::parse(text).unwrap();
    let mut rows = Rows::new(RowsRequest {
        table: query.tables[0],
        matching: Matching::parse(&query.filter).unwrap(),
        columns: query.columns,
        capture: "capture".into(),
        run: 1,
        most_bytes: usize::MAX,
    });
    let mut summary = read_with(open(path).unwrap(), &mut rows, cuts);
    (summary.compression, summary.input_bytes) = ("", 0);
    let containers: BTreeSet<String> =
        summary.containers.iter().map(|c| format!("{c:?}")).collect();
    summary.containers = Containers::default();
    let mut text = format!("{containers:#?}\n{summary:#?}\n");
    for column in &rows.take(None).columns {
        let cells = match &column.cells {
            Cells::Text(cells, texts) => {
                format!("{:?}", cells.iter().map(|c| c.map(|c| texts.text(c))).collect::<Vec<_>>())
            }
            other => format!("{other:?}"),
        };
        text.push_str(&format!("{}: {cells}\n", column.name));
    }
    text
}

/// Compares rows where others sift the events with those of one walk, which a single
/// thread makes.
fn compare_rows(name: &str, path: &Path, cuts: &[Cuts], pool: &rayon::ThreadPool) {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for filter in [
        "evt.is_io=true and fd.num>=0",
        "evt.type=futex and not proc.name=comm1",
        "evt.type=procinfo or fd.name contains /",
        "evt.latency>300 and proc.pid>0 and evt.deltatime>100",
    ] {
        let line =
            Some("*%evt.num %evt.deltatime %evt.type %evt.dir %proc.name %fd.name %evt.args");
        let wanted = alone.install(|| lines(path, line, filter));
        let got = pool.install(|| lines(path, line, filter));
        assert!(got == wanted, "{name}, {filter}: sifted and one walk differ");
    }
    for text in SIFTED {
        let wanted = alone.install(|| rows(path, text, &Cuts::Auto));
        for cuts in cuts {
            let got = pool.install(|| rows(path, text, cuts));
            if got != wanted {
                let lines = got.lines().zip(wanted.lines()).find(|(got, wanted)| got != wanted);
                panic!("{name}, {cuts:?}, {text}: sifted and one walk differ: {lines:#?}");
            }
        }
    }
}

#[test]
fn sifted_captures_give_the_same_rows_however_they_are_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.scap");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    let mut random = Random(5);
    for (name, _, bytes) in made_captures() {
        fs::write(&path, &bytes).unwrap();
        if open(&path).is_some() {
            let cuts = [Cuts::Every(100), anywhere(&mut random, 9, bytes.len())];
            compare_rows(name, &path, &cuts, &pool);
        }
    }
    let recipe = |events, threads, life, trouble| Recipe { events, threads, life, trouble };
    let recipes = [
        recipe(3000, 6, 60, 0),
        recipe(3000, 40, 200, 4),
        recipe(3000, 12, 30, 12),
        recipe(6000, 300, 5, 1),
    ];
    let seeds = std::env::var("SOUPS").map_or(16, |n| n.parse().unwrap());
    for seed in 0..seeds {
        let bytes = soup(seed + 1000, recipes[seed as usize % recipes.len()]);
        fs::write(&path, &bytes).unwrap();
        let len = bytes.len();
        let cuts = [into(1, len), into(7, len), anywhere(&mut random, 30, len)];
        compare_rows(&format!("soup {seed}"), &path, &cuts, &pool);
    }
    let mut paths = fixtures();
    paths.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    for (name, path) in paths.iter().step_by(3) {
        let path = plain(folder.path(), path);
        let len = fs::metadata(&path).unwrap().len() as usize;
        compare_rows(name, &path, &[into(5, len)], &pool);
    }
}
