//! Our answers in the shape of sysdig's: the listing of events, and the rows
//! of `topscalls` and `topscalls_time`.

use std::collections::BTreeMap;
use std::path::Path;

use analyze::chisel::{GroupBy, TopScalls, TopScallsRequest, TopScallsResult};
use analyze::event::event_type;
use analyze::filter::{ContainerMatch, Selection};
use analyze::source::Location;
use analyze::state::{Event, Opened, Summary, Visitor, World, read};

/// One event as sysdig lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub num: u64,
    pub time: u64,
    pub cpu: u16,
    pub tid: i64,
    pub exit: bool,
    pub name: String,
    pub latency: u64,
    pub container_id: String,
    pub container_name: String,
    pub process: String,
}

#[derive(Default)]
struct Lister {
    /// Leave out types that sysdig 0.29.3 does not know.
    old: bool,
    events: Vec<Listed>,
}

impl Visitor for Lister {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let (threads, containers) = (&world.threads, &world.containers);
        let kind = event_type(event.raw.code).unwrap();
        let state_only = event.raw.dump_flags & 1 == 1;
        if event.hidden || state_only || kind.is_internal || self.old && !kind.known_to_0_29_3 {
            return;
        }
        let thread = event.slot.map(|slot| threads.get(slot));
        let container = thread.map(|thread| thread.identity.container).or(event.described);
        let container = container.map(|id| containers.get(id));
        let described = event.described.map(|id| format!("container:{}", containers.get(id).id));
        let na = || "<NA>".to_owned();
        self.events.push(Listed {
            num: event.num,
            time: event.raw.ts_ns,
            cpu: event.raw.cpu,
            tid: event.raw.tid,
            exit: event.is_exit(),
            name: event.kind.name().to_owned(),
            latency: event.latency_ns,
            container_id: match container {
                Some(container) if container.id.is_empty() => "host".into(),
                Some(container) => container.id.clone(),
                None => na(),
            },
            container_name: container.and_then(|c| c.name.clone()).unwrap_or_else(na),
            process: described
                .or(thread.map(|thread| thread.identity.comm.to_string()))
                .unwrap_or_else(na),
        });
    }
}

fn open(path: &Path) -> Opened<'static> {
    match Opened::open(&[Location::File(path.to_owned())], None) {
        Ok(opened) => opened,
        Err(error) => panic!("not opened: {error}"),
    }
}

/// All events that sysdig would list; `old`: 0.29.3.
pub fn listing(path: &Path, old: bool) -> (Vec<Listed>, Summary) {
    let mut lister = Lister { old, ..Lister::default() };
    let summary = read(open(path), &mut lister);
    (lister.events, summary)
}

/// Rows of a chisel: keys to value.
pub type Rows = BTreeMap<Vec<String>, f64>;

/// Our rows of `topscalls_time` and `topscalls`; `by_container` as with `-pc`.
pub fn chisels(path: &Path, by_container: bool, container: Option<&str>) -> (Rows, Rows) {
    let selection = Selection {
        containers: ContainerMatch::parse(
            &container.map(str::to_owned).into_iter().collect::<Vec<_>>(),
        )
        .unwrap(),
        ..Selection::default()
    };
    let group_by = if by_container { GroupBy::Container } else { GroupBy::Nothing };
    let request = TopScallsRequest { selection, group_by, per: None };
    let mut collector = TopScalls::new(request).unwrap();
    let summary = read(open(path), &mut collector);
    let named: Vec<String> =
        summary.containers.iter().filter_map(|(_, container)| container.name.clone()).collect();
    rows(&collector.finish(&summary), by_container, &named)
}

/// All rows of the native ranking.
pub fn topscalls(path: &Path) -> TopScallsResult {
    let request =
        TopScallsRequest { selection: Selection::default(), group_by: GroupBy::Nothing, per: None };
    let mut collector = TopScalls::new(request).unwrap();
    let summary = read(open(path), &mut collector);
    collector.finish(&summary)
}

fn rows(result: &TopScallsResult, grouped: bool, named: &[String]) -> (Rows, Rows) {
    let (mut times, mut counts) = (Rows::new(), Rows::new());
    for row in &result.rows {
        // sysdig leaves out events whose container has no name
        let group = row.group.clone().unwrap_or_default();
        if grouped && !named.contains(&group) {
            continue;
        }
        let mut key = vec![row.event.clone()];
        if grouped {
            key.push(group);
        }
        if row.stats.sysdig_ns() > 0 {
            *times.entry(key.clone()).or_default() += row.stats.sysdig_ns() as f64;
        }
        if row.event != "switch" {
            *counts.entry(key).or_default() += row.stats.sysdig_events() as f64;
        }
    }
    (times, counts)
}
