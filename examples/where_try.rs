//! try-out
use analyze::chisel::*;
use analyze::compare::*;
use analyze::filter::*;
use analyze::source::Location;
use analyze::state::{Opened, Summary, read};
use std::path::PathBuf;

fn run(path: &str, container: &str, calls: &[String]) -> (Summary, CarriersResult) {
    let selection = Selection {
        containers: ContainerMatch::parse(&[container.to_owned()]).unwrap(),
        ..Selection::default()
    };
    let mut carriers = Carriers::new(CarriersRequest { selection, calls: calls.to_vec() });
    let opened = Opened::open(&[Location::File(PathBuf::from(path))], None).unwrap();
    let start = std::time::Instant::now();
    let summary = read(opened, &mut carriers);
    let result = carriers.finish(&summary);
    if std::env::var("T").is_ok() {
        eprintln!("{path}: {} events {:.3}s", summary.events, start.elapsed().as_secs_f64());
    }
    (summary, result)
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let container = std::env::var("C").unwrap_or("worker".into());
    let at = args.iter().position(|a| a == "--").unwrap_or(args.len());
    let calls: Vec<String> = std::env::var("CALLS")
        .map(|c| c.split(',').map(str::to_owned).collect())
        .unwrap_or_default();
    let side = |paths: &[String]| {
        let mut all = CarriersResult::default();
        let mut span = 0;
        for p in paths {
            let (s, r) = run(p, &container, &calls);
            all.merge(&r);
            span += s.last_ns.unwrap() - s.first_ns.unwrap();
        }
        (all, span)
    };
    let (base, bs) = side(&args[..at]);
    if at == args.len() {
        println!("{}", serde_json::to_string_pretty(&base).unwrap());
        return;
    }
    let (new, ns) = side(&args[at + 1..]);
    let names: std::collections::BTreeSet<String> =
        base.calls.iter().chain(&new.calls).map(|c| c.call.clone()).collect();
    for call in names {
        let Some(p) = places(
            PlacesSide { carriers: &base, span_ns: bs },
            PlacesSide { carriers: &new, span_ns: ns },
            &call,
        ) else {
            continue;
        };
        let b = base.call(&call).map(|c| c.total).unwrap_or_default();
        let n = new.call(&call).map(|c| c.total).unwrap_or_default();
        println!(
            "# {call}: delta {:.3} ms/s  calls/s {:.0} -> {:.0} mean {:.0} -> {:.0}",
            p.delta_ns_per_s / 1e6,
            b.count as f64 / (bs as f64 / 1e9),
            n.count as f64 / (ns as f64 / 1e9),
            b.mean_ns().unwrap_or(0.),
            n.mean_ns().unwrap_or(0.)
        );
        for l in places_lines(&p, bs as f64 / 1e9, ns as f64 / 1e9) {
            println!("    {l}");
        }
        if std::env::var("MIX").is_ok() {
            for g in mix_groups(&base, &new, &call) {
                println!(
                    "    mix {} {}/{} -> {}/{}",
                    g.key, g.base.count, g.base.total_ns, g.new.count, g.new.total_ns
                );
            }
        }
    }
}
