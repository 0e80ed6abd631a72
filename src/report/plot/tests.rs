//! What is painted, looked at as shapes and as pixels.

use super::cells::DrawnCell;
use super::draw::compose;
use super::page::{self, Bar, Bars, CallPage, Course, Page};
use super::scene::{Area, Scene, Shape};
use super::{Difference, Panel, Picture, PlotError, Row, drawn_cells, render_png, render_svg};

/// Edges from 100 ns to 1 s, ten a decade.
fn bounds() -> Vec<u64> {
    (0..=70).map(|at| (100.0 * 10f64.powf(f64::from(at) / 10.0)).round() as u64).collect()
}

/// Calls around one latency, in every other row, with a few far outside.
fn panel(label: &str, middle: usize, rows: u64) -> Panel {
    let mut histogram = vec![0; 70];
    let mut list = Vec::new();
    for index in (0..rows).step_by(2) {
        let near = (middle.saturating_sub(3)..middle + 4).map(|at| (at as u16, 7 + index % 90));
        let far = std::iter::once((60 + (index % 9) as u16, 1));
        let cells: Vec<(u16, u64)> = near.chain(far).collect();
        for (bucket, count) in &cells {
            histogram[usize::from(*bucket)] += count;
        }
        list.push(Row { index, cells });
    }
    Panel {
        label: label.into(),
        caption: "1,234 calls · p50 2.14us · p99 8.48us".into(),
        rows: list,
        row_count: rows,
        median_ns: Some(bounds()[middle]),
        p99_ns: Some(bounds()[middle] * 2),
        calls: histogram.iter().sum(),
        histogram,
    }
}

fn picture(panels: Vec<Panel>) -> Picture {
    Picture {
        title: "Latency of lstat in worker".into(),
        subtitle: "alone: 1,234 calls in 4.01s".into(),
        bounds_ns: bounds(),
        interval_ns: 50_000_000,
        panels,
        ..Picture::default()
    }
}

fn several(count: usize) -> Picture {
    picture(
        (0..count).map(|at| panel(&format!("run{at}"), 10 + 4 * at, 60 + 7 * at as u64)).collect(),
    )
}

fn sums(cells: &[DrawnCell], panel: usize) -> u64 {
    cells.iter().filter(|cell| !cell.difference && cell.panel == panel).map(|cell| cell.count).sum()
}

#[test]
fn every_call_is_painted_once() {
    for rows in [1, 2, 59, 500, 5_000] {
        let given = picture(vec![panel("a", 10, rows), panel("b", 30, rows / 2 + 1)]);
        let cells = drawn_cells(&given).unwrap();
        for (number, panel) in given.panels.iter().enumerate() {
            assert_eq!(sums(&cells, number), panel.calls, "{rows} rows, panel {number}");
        }
    }
}

#[test]
fn pixels_have_the_colours_of_their_cells() {
    let mut given = several(3);
    given.differences = vec![Difference { label: "b - a".into(), base: 0, new: 1 }];
    let drawn = compose(&given).unwrap();
    let png = render_png(&given).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (drawn.scene.width, drawn.scene.height));
    let mut seen = 0;
    for cell in drawn.cells.iter().filter(|cell| !cell.covered) {
        for (x, y) in [cell.middle(), (cell.x1 - 1, cell.y1 - 1)] {
            let at = (y as usize * info.width as usize + x as usize) * 3;
            let near_line = (x, y) != cell.middle();
            if !near_line || pixels[at..at + 3] == cell.rgb {
                assert_eq!(pixels[at..at + 3], cell.rgb, "{cell:?} at {x},{y}");
                seen += 1;
            }
        }
    }
    assert!(seen > 1000, "only {seen} pixels were looked at");
}

#[test]
fn slower_calls_stand_further_right_on_one_axis() {
    let given = picture(vec![panel("fast", 10, 40), panel("slow", 16, 40)]);
    let cells = drawn_cells(&given).unwrap();
    let of = |panel: usize, bucket: u16| {
        let mut found =
            cells.iter().filter(move |cell| cell.panel == panel && cell.bucket == bucket);
        let first = found.next().unwrap();
        assert!(found.all(|cell| (cell.x0, cell.x1) == (first.x0, first.x1)));
        (first.x0, first.x1)
    };
    assert_eq!(of(0, 13), of(1, 13), "a bucket stands at the same place in all panels");
    assert!(of(1, 16).0 > of(0, 10).1);
    let width = of(0, 11).0 - of(0, 10).0;
    assert!((of(0, 12).0 - of(0, 11).0 - width).abs() <= 1, "the axis is logarithmic");
}

#[test]
fn a_second_is_as_high_in_all_panels() {
    let given = picture(vec![panel("long", 10, 200), panel("short", 10, 50)]);
    let cells = drawn_cells(&given).unwrap();
    let height = |panel: usize| {
        let of =
            |row: u64| cells.iter().find(|cell| cell.panel == panel && cell.row == row).unwrap().y0;
        of(40) - of(0)
    };
    assert_eq!(height(0), height(1));
}

/// All texts of a scene and where they stand.
fn texts(scene: &Scene) -> (Area, Vec<(String, Area)>) {
    let whole = Area::new(0, 0, scene.width.cast_signed(), scene.height.cast_signed());
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text(text) => Some((text.words.clone(), text.area())),
        Shape::Fill(..) | Shape::Cells(_) => None,
    });
    (whole, texts.collect())
}

fn check_texts(given: &Picture, what: &str) {
    check_scene(&compose(given).unwrap().scene, what);
}

fn check_scene(scene: &Scene, what: &str) {
    let (whole, texts) = texts(scene);
    assert!(texts.len() > 10);
    for (at, (text, area)) in texts.iter().enumerate() {
        let inside = whole.x0 <= area.x0
            && area.x1 <= whole.x1
            && whole.y0 <= area.y0
            && area.y1 <= whole.y1;
        assert!(inside, "{what}: '{text}' leaves the picture: {area:?} of {whole:?}");
        for (other, place) in &texts[at + 1..] {
            let apart = area.x1 <= place.x0
                || place.x1 <= area.x0
                || area.y1 <= place.y0
                || place.y1 <= area.y0;
            assert!(apart, "{what}: '{text}' {area:?} lies over '{other}' {place:?}");
        }
    }
}

/// A page with all that a page may have.
fn page(calls: usize, sides: usize, name: &str) -> Page {
    let words = "many words of a sentence that does not fit on one line ".repeat(9);
    let long = format!("/srv/{name}");
    let curve = |at: u64| (1..90).map(move |n| (n * n * (at + 1) * 90, f64::from(n as u32) / 89.0));
    let course = |at: usize| Course {
        label: format!("{long}{at}"),
        step_ns: 20_000_000,
        steps: (0..200u32)
            .map(|n| (f64::from(n % 31), (n % 7 > 1).then_some(900 + u64::from(n * n * 31))))
            .collect(),
        turns: vec![
            (900_000_000, format!("{long}: 3.4x from 900ms on")),
            (950_000_000, "x".into()),
        ],
        drops: vec![5, 3_000_000_000],
    };
    let row = |name: &str| {
        let cells = [name, &long, &long, &long, "12.3s", "397,978", "1,398,854", "nothing"];
        cells.map(str::to_owned).to_vec()
    };
    let bar = |at: usize| Bar {
        name: format!("{long}{at}"),
        parts_ns: [[-4e6, 8e7, 1e5], [3e3, -5e6, 0.0], [0.0, 0.0, 0.0]][at % 3],
        delta_ns: [7.6e7, -5e6, 0.0][at % 3],
        interval_ns: at.is_multiple_of(2).then_some((-1e6, 2e8)),
        state: format!("slower, {long}"),
    };
    let shown = ["alone", "beside"].into_iter().cycle().take(sides);
    let call = |at: usize| CallPage {
        name: format!("{long}{at}"),
        about: words.clone(),
        picture: (at != 1).then(|| Picture {
            differences: if sides == 2 {
                vec![Difference { label: long.clone(), base: 0, new: 1 }]
            } else {
                Vec::new()
            },
            height: if sides > 2 { 0 } else { 900 },
            ..several(sides)
        }),
        curves: shown.clone().map(|_| (long.clone(), curve(at as u64).collect())).collect(),
        shift: [0.05, 0.5, 0.99, 0.999].map(|at| (at, 1_234, 123_456_789)).to_vec(),
        split: (at != 2).then_some([(2_100.0, 0.0), (2_200.0, 88_000_000.0)]),
        course: (0..sides).map(course).collect(),
    };
    Page {
        title: long.repeat(9),
        headline: vec![words.clone(), long.repeat(40), words.clone()],
        compared: vec![row(""), row("base"), row("new")],
        note: vec![words.clone(), "short".into()],
        bars: Bars { unit: "second".into(), list: (0..calls * 4).map(bar).collect() },
        calls: (0..calls).map(call).collect(),
        around: vec![("Where it lies".into(), vec![words.clone(), format!("  {words}")])],
        footer: vec![long.repeat(30), words],
    }
}

#[test]
fn no_text_of_a_page_is_cut_off_or_lies_over_another() {
    let long = "a-very-long-name-".repeat(14);
    for name in ["x", &long, "wide \u{1f600} \u{202e}turned\n"] {
        for (calls, sides) in [(0, 0), (1, 1), (1, 2), (3, 2), (2, 8)] {
            let scene = page::compose(&page(calls, sides, name)).unwrap();
            check_scene(&scene, &format!("{calls} calls, {sides} sides, '{name}'"));
            assert_eq!(scene.width, 1600);
        }
    }
}

#[test]
fn a_page_is_as_many_times_as_large_as_asked() {
    let page = page(1, 2, "x");
    let size = |scale: u32| {
        let png = page::page_png(&page, scale).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        (reader.info().width, reader.info().height)
    };
    let (width, height) = size(1);
    assert_eq!(size(2), (2 * width, 2 * height));
}

#[test]
fn a_picture_in_a_page_has_all_cells_and_no_markup_of_a_name() {
    let mut given = several(2);
    given.panels[0].label = "<script>&\"'".into();
    let figure = page::picture_figure(&given).unwrap();
    let svg = figure.inline_svg("<script>&\"'");
    assert!(!svg.contains("<script"), "{svg}");
    assert_eq!(svg.matches("&lt;script&gt;").count(), 3, "label, header, legend");
    let cells: usize = svg
        .split("<g class=\"cells\">")
        .skip(1)
        .map(|part| part.split("</g>").next().unwrap().matches('M').count())
        .sum();
    assert_eq!(cells, figure.cells.len());
}

#[test]
fn no_text_is_cut_off_or_lies_over_another() {
    for count in 1..=8 {
        for width in [0, 480, 700, 2000] {
            for differences in [0, 1] {
                let mut given = several(count);
                given.width = width;
                if count > 1 && differences > 0 {
                    given.differences =
                        vec![Difference { label: "run1 minus run0".into(), base: 0, new: 1 }];
                }
                check_texts(&given, &format!("{count} panels, {width} wide, {differences}"));
            }
        }
    }
}

#[test]
fn labels_of_median_and_high_percentile_keep_apart() {
    for (median, high) in [(100, 100), (100, 130), (5_000, 5_001), (999_000_000, 999_000_001)] {
        let mut given = several(2);
        given.width = 480;
        for panel in &mut given.panels {
            (panel.median_ns, panel.p99_ns) = (Some(median), Some(high));
        }
        check_texts(&given, &format!("{median} and {high}"));
    }
}

#[test]
fn long_and_hostile_labels_are_cut_and_made_harmless() {
    let mut given = several(8);
    let hostile = "<b>&\"'\u{0}\u{1b}[31m\n\u{202e}]]>😀 ".repeat(400);
    given.title.clone_from(&hostile);
    given.subtitle.clone_from(&hostile);
    for panel in &mut given.panels {
        panel.label.clone_from(&hostile);
        panel.caption.clone_from(&hostile);
    }
    check_texts(&given, "hostile");
    let svg = render_svg(&given).unwrap();
    well_formed(&svg);
    assert!(!svg.contains('\u{1b}') && !svg.contains('\u{0}') && !svg.contains("<b>"));
    assert!(render_png(&given).is_ok());
}

/// Checks that tags nest and that text holds no stray markup.
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        assert!(!text.contains('>'), "stray > in text");
        let mut entities = text.split('&').skip(1);
        assert!(entities.all(|entity| entity.contains(';')), "stray & in {text}");
        let end = at + rest[at..].find('>').expect("an open tag");
        let tag = &rest[at + 1..end];
        let quotes = tag.matches('"').count();
        assert!(quotes.is_multiple_of(2), "odd quotes in {tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "wrong closing tag");
        } else if !tag.ends_with('/') && !tag.starts_with(['!', '?']) {
            open.push(tag.split_whitespace().next().unwrap());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "not closed: {open:?}");
}

#[test]
fn the_svg_is_well_formed_and_has_the_same_texts() {
    let given = several(2);
    let svg = render_svg(&given).unwrap();
    well_formed(&svg);
    for (text, _) in texts(&compose(&given).unwrap().scene)
        .1
        .iter()
        .filter(|(text, _)| text.is_ascii() && !text.contains('\''))
    {
        assert!(svg.contains(text.as_str()), "{text} is missing");
    }
}

#[test]
fn differences_add_up_to_nothing() {
    let mut given = picture(vec![panel("a", 10, 60), panel("b", 20, 50)]);
    given.differences = vec![Difference { label: "b - a".into(), base: 0, new: 1 }];
    let cells = drawn_cells(&given).unwrap();
    let shares: Vec<f64> =
        cells.iter().filter(|cell| cell.difference).map(|cell| cell.share).collect();
    assert!(
        shares.iter().any(|share| *share > 0.001) && shares.iter().any(|share| *share < -0.001)
    );
    assert!(shares.iter().sum::<f64>().abs() < 1e-9);
    let same = Picture {
        differences: vec![Difference { label: "a - a".into(), base: 0, new: 0 }],
        ..picture(vec![panel("a", 10, 60)])
    };
    let cells = drawn_cells(&same).unwrap();
    assert!(cells.iter().filter(|cell| cell.difference).all(|cell| cell.share == 0.0));
}

#[test]
fn the_height_asked_for_is_kept_or_refused() {
    let mut given = several(3);
    given.height = 1500;
    assert_eq!(compose(&given).unwrap().scene.height, 1500);
    given.height = 300;
    let Err(PlotError::TooSmall { what: "height", needed, .. }) = render_png(&given) else {
        panic!("300 pixels should not do");
    };
    given.height = needed;
    assert!(render_png(&given).is_ok());
    given.height = 1_000_000;
    assert!(matches!(render_png(&given), Err(PlotError::TooLarge(_))));
    given.height = 0;
    given.width = 100;
    assert!(matches!(render_png(&given), Err(PlotError::TooSmall { what: "width", .. })));
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_panics() {
    assert_eq!(render_png(&Picture::default()), Err(PlotError::NothingToDraw));
    assert!(matches!(render_png(&several(9)), Err(PlotError::TooManyPanels(9))));
    let mut given = several(1);
    given.bounds_ns.reverse();
    assert!(matches!(render_png(&given), Err(PlotError::Inconsistent(_))));
    let mut given = several(1);
    given.panels[0].rows[0].cells.push((70, 1));
    assert!(matches!(render_png(&given), Err(PlotError::Inconsistent(_))));
    let mut given = several(1);
    given.differences = vec![Difference { label: String::new(), base: 0, new: 5 }];
    assert!(matches!(render_png(&given), Err(PlotError::Inconsistent(_))));
}

#[test]
fn extreme_numbers_are_painted_all_the_same() {
    let mut given = several(2);
    given.interval_ns = u64::MAX;
    given.panels[0].row_count = u64::MAX;
    given.panels[0].rows = vec![Row { index: u64::MAX - 1, cells: vec![(0, u64::MAX), (69, 1)] }];
    given.panels[0].median_ns = Some(u64::MAX);
    given.panels[1].p99_ns = Some(0);
    assert!(render_png(&given).is_ok());
    let mut empty = several(2);
    empty.panels[0].rows.clear();
    empty.panels[0].calls = 0;
    empty.panels[0].histogram = vec![0; 70];
    (empty.panels[0].median_ns, empty.panels[0].p99_ns) = (None, None);
    let (_, texts) = texts(&compose(&empty).unwrap().scene);
    assert!(texts.iter().any(|(text, _)| text == "no calls"));
    assert!(render_png(&empty).is_ok());
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    assert_eq!(render_png(&several(4)), render_png(&several(4)));
}
