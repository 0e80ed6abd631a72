//! Filters made up from the table of fields and from the values that captures
//! have, in the language of sysdig 0.29.3. The same seed gives the same ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use analyze::filter::fields::{ArgumentRule, Field, all, lookup};
use analyze::filter::value::FieldType;

use crate::lines::lines;

/// Fields that cannot be compared by filters, and why.
const LEFT_OUT: [(&str, &str); 13] = [
    // evt.rawarg is not among them: sysdig dies of most, with `wrong event type`
    ("evt.deltatime", "depends on which events reached the check before"),
    ("evt.latency.quantized", "depends on the terminal's width"),
    ("thread.cpu", "depends on the events that sysdig adds while it reads"),
    ("thread.exectime", "depends on which events reached the check before"),
    ("thread.totexectime", "sysdig ends with `invalid thread state ID`"),
    ("group.gid", "sysdig reads eight bytes of a four byte number"),
    ("fd.dev", "sysdig never sets it for what is no file"),
    ("fd.proto", "names of services are the machine's"),
    ("fd.cproto", "of a listening socket an empty text; printed values are compared"),
    ("fd.sproto", "as fd.cproto"),
    ("fd.cport", "of a listening socket 0; printed values are compared"),
    ("proc.is_exe_writable", "not set by old captures"),
    ("proc.fdusage", "a fraction; printed values are compared"),
];

/// Fields with what may stand behind them.
const BEHIND: [&str; 18] = [
    "evt.type.is.open",
    "evt.type.is.close",
    "evt.abspath",
    "evt.abspath.src",
    "proc.aname",
    "proc.aname[1]",
    "proc.aname[2]",
    "proc.apid",
    "proc.apid[1]",
    "thread.cgroup.cpu",
    "thread.cgroup.memory",
    "evt.arg.fd",
    "evt.arg.name",
    "evt.arg.res",
    "evt.arg.flags",
    "evt.arg.path",
    "evt.arg[0]",
    "evt.arg[1]",
];

/// Where fields for filters alone find their values.
const AS: [(&str, &str); 6] = [
    ("fd.ip", "fd.sip"),
    ("fd.port", "fd.sport"),
    ("fd.net", "fd.cip"),
    ("fd.cnet", "fd.cip"),
    ("fd.snet", "fd.sip"),
    ("fd.lnet", "fd.lip"),
];

/// A generator of numbers (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// A field as it is written, and the values it has.
struct Subject {
    name: String,
    field: &'static Field,
    values: Vec<String>,
}

/// Makes filters.
pub struct Generator {
    subjects: Vec<Subject>,
    random: Random,
}

impl Generator {
    /// From the values in these captures.
    pub fn new(captures: &[PathBuf], seed: u64) -> Generator {
        let plain = all().filter(|field| field.argument == ArgumentRule::None);
        let names: Vec<&str> = plain.map(|field| field.name).chain(BEHIND).collect();
        let usable = |name: &&str| {
            let left_out = LEFT_OUT.iter().any(|(out, _)| {
                *name == *out || name.strip_prefix(out).is_some_and(|rest| rest.starts_with('.'))
            });
            let elsewhere = ["k8s.", "mesos.", "marathon.", "evt.infra.", "evt.plugin"];
            !left_out && !elsewhere.iter().any(|class| name.starts_with(class))
        };
        let names: Vec<&str> = names.into_iter().filter(usable).collect();
        let values = values(captures, &names);
        let subject = |name: &str| {
            let field = lookup(name).unwrap().0;
            let known = values.get(source(name)).cloned().unwrap_or_default();
            // 0.29.3 knows no networks of IPv6, and compares the first four bytes of
            // an IPv6 address with those of an IPv4 one: ::1 is 0.0.0.0
            let fits = |value: &String| match field.kind {
                FieldType::Net => !value.contains(':'),
                FieldType::Ip => value != "0.0.0.0" && !value.starts_with("::"),
                _ => true,
            };
            let values: Vec<String> = known.into_iter().filter(fits).collect();
            let of_any_use = !field.printed_only && !values.is_empty();
            of_any_use.then(|| Subject { name: name.to_owned(), field, values })
        };
        let subjects = names.iter().filter_map(|name| subject(name)).collect();
        Generator { subjects, random: Random(seed) }
    }

    /// How many fields it knows values of.
    pub fn fields(&self) -> usize {
        self.subjects.len()
    }

    /// Another filter. A check of each field comes first, then combinations.
    pub fn filter(&mut self, at: usize) -> String {
        if at < self.subjects.len() {
            return self.check(at);
        }
        let terms = 2 + self.random.below(2);
        let word = *self.random.one(&["and", "or"]);
        let terms: Vec<String> = (0..terms).map(|_| self.term(word)).collect();
        terms.join(&format!(" {word} "))
    }

    fn term(&mut self, outer: &str) -> String {
        let not = if self.random.below(4) == 0 { "not " } else { "" };
        let mut check = || {
            let at = self.random.below(self.subjects.len());
            self.check(at)
        };
        if outer == "and" || !not.is_empty() {
            let word = if outer == "and" { "or" } else { "and" };
            return format!("{not}({} {word} {})", check(), check());
        }
        check()
    }

    fn check(&mut self, at: usize) -> String {
        let Subject { name, field, values } = &self.subjects[at];
        let random = &mut self.random;
        let operators: &[&str] = match field.kind {
            FieldType::Text => &[
                "=",
                "!=",
                "contains",
                "startswith",
                "endswith",
                "icontains",
                "glob",
                "in",
                "pmatch",
                "exists",
                "<",
                ">=",
            ],
            FieldType::Bytes => &["=", "contains", "startswith", "endswith", "exists"],
            FieldType::Ip => &["=", "!=", "in", "exists"],
            FieldType::Bool | FieldType::Net => &["=", "!="],
            _ => &["=", "!=", "<", "<=", ">", ">=", "in", "exists"],
        };
        // either end of a connection is only compared
        let operators = if field.filter_only { &operators[..2] } else { operators };
        let closed = ["evt.type", "syscall.type"].contains(&name.as_str());
        let operator =
            if closed { *random.one(&["=", "!=", "in"]) } else { *random.one(operators) };
        // in a list of numbers, sysdig forgets what stands behind the field's name
        let forgotten = field.argument != ArgumentRule::None && field.kind != FieldType::Text;
        let operator = if forgotten && operator == "in" { "=" } else { operator };
        let mut value = || {
            let whole = random.one(values);
            let part = written(whole, field.kind, operator, random);
            format!("{}{part}{}", quote(field.kind), quote(field.kind))
        };
        match operator {
            "exists" => format!("{name} exists"),
            "in" | "pmatch" => format!("{name} {operator} ({}, {}, {})", value(), value(), value()),
            _ => format!("{name} {operator} {}", value()),
        }
    }
}

fn quote(kind: FieldType) -> &'static str {
    if matches!(kind, FieldType::Text | FieldType::Bytes) { "\"" } else { "" }
}

/// A value as the operator takes it.
fn written(whole: &str, kind: FieldType, operator: &str, random: &mut Random) -> String {
    match (kind, operator) {
        (FieldType::Net, _) => format!("{whole}/{}", random.one(&[8, 16, 24, 32])),
        (FieldType::Text | FieldType::Bytes, "contains" | "icontains") if whole.len() > 2 => {
            let start = random.below(whole.len() - 1);
            let end = start + 1 + random.below(whole.len() - start);
            let part = whole[start..end.min(whole.len())].to_owned();
            if operator == "icontains" { part.to_uppercase() } else { part }
        }
        (FieldType::Text | FieldType::Bytes, "startswith") if whole.len() > 2 => {
            whole[..=random.below(whole.len() - 1)].to_owned()
        }
        (FieldType::Text | FieldType::Bytes, "endswith") if whole.len() > 2 => {
            whole[random.below(whole.len())..].to_owned()
        }
        (FieldType::Text, "glob") if whole.len() > 3 => {
            let at = random.below(whole.len() - 2);
            format!("{}{}{}", &whole[..at], random.one(&["*", "?"]), &whole[at + 1..])
        }
        (FieldType::Text, "pmatch") => {
            let end = whole.rfind('/').filter(|at| *at > 0 && random.below(2) == 0);
            whole[..end.unwrap_or(whole.len())].to_owned()
        }
        (FieldType::Signed | FieldType::Unsigned | FieldType::Time, _) => {
            let number: i128 = whole.parse().unwrap();
            // more than a field holds wraps around in sysdig
            let holds_more = number != i128::from(u32::MAX) && number != i128::from(u64::MAX);
            (number + i128::from(holds_more && random.below(4) == 0)).to_string()
        }
        _ => whole.to_owned(),
    }
}

fn source(name: &str) -> &str {
    AS.iter().find(|(filter, _)| *filter == name).map_or(name, |(_, source)| source)
}

/// The values that fields have, without what needs care in a filter's text.
fn values(captures: &[PathBuf], names: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let printed: Vec<&str> =
        names.iter().copied().filter(|name| !lookup(name).unwrap().0.filter_only).collect();
    let columns: Vec<String> = printed.iter().map(|name| format!("%{name}")).collect();
    let format = format!("*{}\u{3}", columns.join("\u{2}"));
    let mut values: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for capture in captures {
        let text = lines(capture, Some(&format), "").unwrap();
        for record in String::from_utf8_lossy(&text).split("\u{3}\n").filter(|r| !r.is_empty()) {
            for (name, value) in printed.iter().zip(record.split('\u{2}')) {
                let plain =
                    value.bytes().all(|b| (b' '..0x7f).contains(&b) && !b"\"'\\*?[".contains(&b));
                let known = values.entry((*name).to_owned()).or_default();
                if plain && value != "<NA>" && (1..200).contains(&value.len()) && known.len() < 400
                {
                    known.insert(value.to_owned());
                }
            }
        }
    }
    values
}
