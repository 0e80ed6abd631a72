//! Containers: which one a thread is in follows from its cgroups; how it is
//! called from a description that the capturing tool wrote as an event, at
//! any time. So threads hold a number, and names are looked up last.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::{Deserialize, Serialize};

/// Number of a container within one capture; [`HOST`] for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerId(pub u32);

/// Not in a container.
pub const HOST: ContainerId = ContainerId(0);

/// What is known of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// Short id (12 hex digits), or the engine's name for it; empty: the host.
    pub id: String,
    /// Long id, if described.
    pub full_id: String,
    /// Name; `None` until described.
    pub name: Option<String>,
    /// Image, if described.
    pub image: Option<String>,
    /// Engine: docker, lxc, podman...
    pub engine: Option<&'static str>,
    /// A description was seen, which the following are from.
    #[serde(skip)]
    pub described: bool,
    /// Id of the image.
    #[serde(skip)]
    pub image_id: String,
    /// Repository of the image.
    #[serde(skip)]
    pub image_repository: String,
    /// Tag of the image.
    #[serde(skip)]
    pub image_tag: String,
    /// Digest of the image.
    #[serde(skip)]
    pub image_digest: String,
    /// It runs privileged.
    #[serde(skip)]
    pub privileged: bool,
    /// Its own IPv4 address.
    #[serde(skip)]
    pub ip: Option<std::net::Ipv4Addr>,
    /// Mounts.
    #[serde(skip)]
    pub mounts: Vec<Mount>,
    /// Command of the health check; empty: none.
    #[serde(skip)]
    pub healthcheck: String,
    /// Command of the liveness probe; empty: none.
    #[serde(skip)]
    pub liveness_probe: String,
    /// Command of the readiness probe; empty: none.
    #[serde(skip)]
    pub readiness_probe: String,
}

/// A mount of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Mount {
    /// Path outside.
    pub source: String,
    /// Path inside.
    pub destination: String,
    /// Mode as the engine names it.
    pub mode: String,
    /// It may be written.
    #[serde(rename = "RW")]
    pub writable: bool,
    /// Propagation as the engine names it.
    pub propagation: String,
}

impl Mount {
    /// `source:destination:mode:writable:propagation`.
    #[must_use]
    pub fn text(&self) -> String {
        let Mount { source, destination, mode, writable, propagation } = self;
        format!("{source}:{destination}:{mode}:{writable}:{propagation}")
    }
}

impl Container {
    /// The name people know it by: its name, else its id, else `host`.
    #[must_use]
    pub fn label(&self) -> &str {
        match &self.name {
            Some(name) => name,
            None if self.id.is_empty() => "host",
            None => &self.id,
        }
    }
}

/// All containers of one capture.
#[derive(Clone, Debug)]
pub struct Containers {
    list: Vec<Container>,
    by_id: HashMap<String, ContainerId>,
    /// What cgroups were found to stand for: clones repeat those of their parent.
    by_cgroups: HashMap<Box<[u8]>, ContainerId, BuildHasherDefault<WordHasher>>,
    /// What containers were described by last: capturing tools repeat it.
    told: Vec<Told>,
    /// The last cgroups asked for.
    last_cgroups: (Vec<u8>, ContainerId),
}

impl Default for Containers {
    fn default() -> Self {
        let host = Container { name: Some("host".into()), ..Container::default() };
        let by_id = HashMap::from([(String::new(), HOST)]);
        Containers {
            list: vec![host],
            by_id,
            by_cgroups: HashMap::default(),
            told: Vec::new(),
            last_cgroups: (Vec::new(), HOST),
        }
    }
}

/// Cgroups remembered, and the longest of them, so that they take a few MiB at most.
const REMEMBERED: usize = 1024;
const LONGEST_REMEMBERED: usize = 4096;

/// A hash of long keys, eight bytes at a time. Keys made to collide slow down
/// a table of [`REMEMBERED`] entries, no more.
#[derive(Clone, Copy, Debug, Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut mix = |word: u64| {
            let wide = u128::from(self.0 ^ word) * 0x9E37_79B9_7F4A_7C15_u128;
            self.0 = (wide as u64) ^ (wide >> 64) as u64;
        };
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(last));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Containers kept; a damaged capture must not fill the memory with them.
const LIMIT: usize = 1 << 20;

/// The command of a probe.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Probe {
    exe: String,
    args: Vec<String>,
}

impl Probe {
    fn text(self) -> String {
        let words = std::iter::once(self.exe).chain(self.args);
        words.collect::<Vec<_>>().join(" ").trim_end().to_owned()
    }
}

#[derive(Deserialize)]
struct Event {
    container: Description,
}

#[derive(Deserialize)]
struct Description {
    id: String,
    #[serde(default)]
    full_id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    image: String,
    #[serde(default, rename = "type")]
    engine: Option<u8>,
    #[serde(default)]
    lookup_state: Option<u8>,
    #[serde(default, rename = "imageid")]
    image_id: String,
    #[serde(default, rename = "imagerepo")]
    image_repository: String,
    #[serde(default, rename = "imagetag")]
    image_tag: String,
    #[serde(default, rename = "imagedigest")]
    image_digest: String,
    #[serde(default)]
    privileged: bool,
    #[serde(default)]
    ip: String,
    #[serde(default, rename = "Mounts")]
    mounts: Vec<Mount>,
    #[serde(default, rename = "Healthcheck")]
    healthcheck: Probe,
    #[serde(default, rename = "LivenessProbe")]
    liveness_probe: Probe,
    #[serde(default, rename = "ReadinessProbe")]
    readiness_probe: Probe,
}

/// The description that a container has now.
#[derive(Clone, Debug)]
struct Told {
    json: Box<[u8]>,
    number: ContainerId,
    shown: bool,
}

/// Descriptions that are kept as they were told, and how long they may be.
const DESCRIPTIONS: usize = 64;
const LONGEST_TOLD: usize = 16 << 10;

impl Containers {
    /// The container with this number.
    #[must_use]
    pub fn get(&self, id: ContainerId) -> &Container {
        self.list.get(id.0 as usize).unwrap_or(&self.list[0])
    }

    /// All containers with their numbers, the host first.
    pub fn iter(&self) -> impl Iterator<Item = (ContainerId, &Container)> {
        (0..).map(ContainerId).zip(&self.list)
    }

    fn intern(&mut self, id: &str, name: Option<&str>) -> ContainerId {
        if let Some(known) = self.by_id.get(id) {
            return *known;
        }
        if self.list.len() >= LIMIT {
            return HOST;
        }
        let number = ContainerId(u32::try_from(self.list.len()).unwrap_or(0));
        let name = name.map(str::to_owned);
        self.list.push(Container { id: id.to_owned(), name, ..Container::default() });
        self.by_id.insert(id.to_owned(), number);
        number
    }

    /// The container that these cgroups (`subsystem=path`, NUL-separated)
    /// stand for.
    pub fn of_cgroups(&mut self, cgroups: &[u8]) -> ContainerId {
        // threads are born many from one
        if self.last_cgroups.0 == cgroups {
            return self.last_cgroups.1;
        }
        let number = self.look_up(cgroups);
        self.last_cgroups.0.clear();
        self.last_cgroups.0.extend_from_slice(cgroups);
        self.last_cgroups.1 = number;
        number
    }

    fn look_up(&mut self, cgroups: &[u8]) -> ContainerId {
        if let Some(known) = self.by_cgroups.get(cgroups) {
            return *known;
        }
        let number = match id_of_cgroups(cgroups) {
            Some((id, named)) => self.intern(&id, named.then_some(&id)),
            None => HOST,
        };
        if self.by_cgroups.len() >= REMEMBERED {
            self.by_cgroups.clear();
        }
        if cgroups.len() <= LONGEST_REMEMBERED {
            self.by_cgroups.insert(cgroups.into(), number);
        }
        number
    }

    /// Takes in a container event's JSON: which container, and whether the
    /// event is to be shown (that of a failed lookup is not, but it names the
    /// container all the same).
    ///
    /// # Errors
    /// Says why the JSON was not understood.
    pub fn describe(&mut self, json: &[u8]) -> Result<(ContainerId, bool), String> {
        let json = json.strip_suffix(b"\0").unwrap_or(json);
        if let Some(told) = self.told.iter().find(|told| *told.json == *json) {
            return Ok((told.number, told.shown));
        }
        let event: Event = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let told = event.container;
        let number = self.intern(&told.id, None);
        let shown = told.lookup_state.is_none_or(|state| state == 1);
        if number == HOST {
            return Ok((HOST, shown));
        }
        if let Some(known) = self.list.get_mut(number.0 as usize) {
            known.full_id = told.full_id;
            known.engine = told.engine.and_then(engine_name);
            known.name = Some(told.name);
            known.image = Some(told.image).filter(|image| !image.is_empty());
            known.described = true;
            known.image_id = told.image_id;
            known.image_repository = told.image_repository;
            known.image_tag = told.image_tag;
            known.image_digest = told.image_digest;
            known.privileged = told.privileged;
            known.ip = told.ip.parse().ok();
            known.mounts = told.mounts;
            known.healthcheck = told.healthcheck.text();
            known.liveness_probe = told.liveness_probe.text();
            known.readiness_probe = told.readiness_probe.text();
        }
        self.told.retain(|told| told.number != number);
        if self.told.len() < DESCRIPTIONS && json.len() <= LONGEST_TOLD {
            self.told.push(Told { json: json.into(), number, shown });
        }
        Ok((number, shown))
    }
}

/// Names of the numbers in a description's `type`.
fn engine_name(number: u8) -> Option<&'static str> {
    const NAMES: [&str; 12] = [
        "docker",
        "lxc",
        "libvirt-lxc",
        "mesos",
        "rkt",
        "custom",
        "cri",
        "containerd",
        "cri-o",
        "bpm",
        "static",
        "podman",
    ];
    NAMES.get(usize::from(number)).copied()
}

type Engine = fn(&str) -> Option<String>;

/// The id by the first engine that knows one of the paths, and whether the id
/// is the name too (engines that call their containers by name).
fn id_of_cgroups(cgroups: &[u8]) -> Option<(String, bool)> {
    const ENGINES: [(Engine, bool); 6] =
        [(podman, false), (docker, false), (cri, false), (lxc, true), (libvirt, true), (bpm, true)];
    let paths: Vec<String> = cgroups
        .split(|byte| *byte == 0)
        .filter_map(|group| {
            let text = String::from_utf8_lossy(group);
            text.rsplit_once('=').map(|(_, path)| path.to_owned())
        })
        .collect();
    ENGINES.iter().find_map(|(engine, named)| {
        paths.iter().find_map(|path| engine(path)).map(|id| (id, *named))
    })
}

/// The short id when 64 hex digits stand between the last `prefix` and the
/// `suffix` (searched from the right).
fn hex_between(path: &str, prefix: &str, suffix: &str) -> Option<String> {
    let start = path.rfind(prefix)? + prefix.len();
    let end = if suffix.is_empty() { path.len() } else { path.rfind(suffix)? };
    let id = path.get(start..end)?;
    let hex = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex { id.get(..12).map(str::to_owned) } else { None }
}

fn podman(path: &str) -> Option<String> {
    hex_between(path, "/libpod-", ".scope")
}

fn docker(path: &str) -> Option<String> {
    hex_between(path, "/", "").or_else(|| hex_between(path, "/docker-", ".scope"))
}

fn cri(path: &str) -> Option<String> {
    [
        ("/", ""),
        ("/crio-", ""),
        ("/cri-containerd-", ".scope"),
        ("/crio-", ".scope"),
        (":cri-containerd:", ""),
    ]
    .iter()
    .find_map(|(prefix, suffix)| hex_between(path, prefix, suffix))
}

fn lxc(path: &str) -> Option<String> {
    ["/lxc/", "/lxc.payload/"].iter().find_map(|mark| {
        let start = path.find(mark)? + mark.len();
        let id = path.get(start..)?.split('/').next()?;
        (!id.is_empty()).then(|| id.to_owned())
    })
}

fn libvirt(path: &str) -> Option<String> {
    if let Some(rest) = path.strip_suffix(".libvirt-lxc") {
        return rest.rsplit('/').next().map(str::to_owned);
    }
    if let Some(rest) = path.strip_suffix(".scope")
        && let Some(at) = rest.find("-lxc\\x2")
    {
        return rest.get(at + "-lxc\\x2".len()..).map(|id| id.trim_start_matches('d').to_owned());
    }
    let start = path.find("/libvirt/lxc/")? + "/libvirt/lxc/".len();
    path.get(start..)?.split('/').next().map(str::to_owned)
}

fn bpm(path: &str) -> Option<String> {
    let start = path.rfind("bpm-")? + "bpm-".len();
    let end = path.rfind(".scope")?;
    path.get(start..end).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn cgroup_patterns_give_ids() {
        for (path, id) in [
            (format!("/docker/{HEX}"), Some("0123456789ab")),
            (format!("/system.slice/docker-{HEX}.scope"), Some("0123456789ab")),
            (format!("/machine.slice/libpod-{HEX}.scope"), Some("0123456789ab")),
            (format!("/kubepods/pod1/crio-{HEX}.scope"), Some("0123456789ab")),
            ("/lxc/worker".to_owned(), Some("worker")),
            ("/lxc.payload/box/init".to_owned(), Some("box")),
            ("/user.slice/session-1.scope".to_owned(), None),
            ("/docker/0123".to_owned(), None),
        ] {
            let cgroups = format!("cpu=/\0memory={path}\0");
            let found = id_of_cgroups(cgroups.as_bytes());
            assert_eq!(found.as_ref().map(|(id, _)| id.as_str()), id, "{path}");
        }
    }

    #[test]
    fn cgroups_are_remembered_up_to_a_limit() {
        let mut containers = Containers::default();
        for _ in 0..2 {
            for number in 0..3000 {
                let cgroups = format!("cpu=/lxc/box{number}\0");
                let id = containers.of_cgroups(cgroups.as_bytes());
                assert_eq!(containers.get(id).id, format!("box{number}"));
                assert!(containers.by_cgroups.len() <= REMEMBERED);
            }
        }
        assert_eq!(containers.list.len(), 3001);
        let long = format!("cpu=/{}/lxc/long\0", "x".repeat(LONGEST_REMEMBERED));
        let id = containers.of_cgroups(long.as_bytes());
        assert_eq!(containers.get(id).id, "long");
        assert!(!containers.by_cgroups.contains_key(long.as_bytes()));
    }

    #[test]
    fn a_description_names_what_the_cgroups_found_before() {
        let mut containers = Containers::default();
        let number = containers.of_cgroups(b"cpu=/lxc/worker\0");
        assert_eq!(containers.get(number).label(), "worker");
        assert_eq!(containers.get(number).name.as_deref(), Some("worker"));
        let json = br#"{"container":{"id":"worker","name":"scan","image":"img","type":1}}"#;
        containers.describe(json).unwrap();
        let known = containers.get(number);
        assert_eq!((known.label(), known.image.as_deref()), ("scan", Some("img")));
        assert!(containers.describe(b"{").is_err());
    }
}
