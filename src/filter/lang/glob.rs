//! Wildcards as `fnmatch` has them without flags: `*` goes across `/`, a
//! backslash takes the next character as it is, `[...]` knows ranges, classes
//! and `!` or `^`. The text is bytes; time is at most pattern times text,
//! whatever the pattern.

/// A pattern, read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    parts: Vec<Part>,
    any_case: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Byte(u8),
    /// `?`
    One,
    /// `*`
    Many,
    Set(Set),
    /// What `fnmatch` takes for a pattern that fits nothing.
    Never,
}

/// Which bytes are in a bracket expression, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Set([u128; 2]);

impl Set {
    fn add(&mut self, byte: u8) {
        let [low, high] = &mut self.0;
        let half = if byte < 128 { low } else { high };
        *half |= 1 << (byte & 127);
    }

    fn has(self, byte: u8) -> bool {
        let [low, high] = self.0;
        let half = if byte < 128 { low } else { high };
        half >> (byte & 127) & 1 == 1
    }

    fn inverted(self) -> Set {
        Set(self.0.map(|half| !half))
    }

    fn with(self, other: Set) -> Set {
        let ([low, high], [other_low, other_high]) = (self.0, other.0);
        Set([low | other_low, high | other_high])
    }

    /// What is in it when written in small letters.
    fn any_case(self) -> Set {
        let mut all = Set::default();
        let fitting = |byte: &u8| self.has(byte.to_ascii_lowercase());
        (0..=u8::MAX).filter(fitting).for_each(|byte| all.add(byte));
        all
    }
}

impl Glob {
    /// Reads a pattern; every text is one. With `any_case`, ASCII letters fit
    /// in both cases.
    #[must_use]
    pub fn new(pattern: &[u8], any_case: bool) -> Glob {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((&byte, mut behind)) = rest.split_first() {
            let part = match byte {
                b'?' => Part::One,
                b'*' => Part::Many,
                b'\\' => match behind.split_first() {
                    Some((&escaped, further)) => {
                        behind = further;
                        Part::Byte(escaped)
                    }
                    None => Part::Never,
                },
                b'[' => match bracket(behind, any_case) {
                    Some((part, further)) => {
                        behind = further;
                        part
                    }
                    None => Part::Byte(b'['),
                },
                _ => Part::Byte(byte),
            };
            if part != Part::Many || parts.last() != Some(&Part::Many) {
                parts.push(part);
            }
            rest = behind;
        }
        Glob { parts, any_case }
    }

    /// Whether the whole of `text` fits.
    #[must_use]
    pub fn matches(&self, text: &[u8]) -> bool {
        let (mut part, mut at) = (0, 0);
        // where to go on when the text behind the last `*` does not fit: the
        // star takes one byte more
        let mut retry = None;
        loop {
            match (self.parts.get(part), text.get(at)) {
                (Some(Part::Many), _) => {
                    part += 1;
                    retry = Some((part, at));
                    continue;
                }
                (Some(wanted), Some(&byte)) if self.fits(wanted, byte) => {
                    (part, at) = (part + 1, at + 1);
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            match retry {
                Some((after, from)) if from < text.len() => {
                    retry = Some((after, from + 1));
                    (part, at) = (after, from + 1);
                }
                _ => return false,
            }
        }
    }

    fn fits(&self, part: &Part, byte: u8) -> bool {
        match part {
            Part::Byte(wanted) if self.any_case => wanted.eq_ignore_ascii_case(&byte),
            Part::Byte(wanted) => *wanted == byte,
            Part::One => true,
            Part::Set(set) => set.has(byte),
            Part::Many | Part::Never => false,
        }
    }
}

/// One thing in a bracket expression.
enum Member {
    /// A byte, which may begin a range.
    Byte(u8),
    /// `[:alpha:]`
    Class(fn(&u8) -> bool),
    /// `[:nonsense:]`: behind it, nothing fits.
    Unknown,
}

/// Reads what stands behind a `[`; none if no `]` closes it, and the `[` is
/// itself.
fn bracket(text: &[u8], any_case: bool) -> Option<(Part, &[u8])> {
    let negated = matches!(text.first(), Some(b'!' | b'^'));
    let mut rest = text.get(usize::from(negated)..)?;
    let (mut set, mut classes, mut first, mut ended) =
        (Set::default(), Set::default(), true, false);
    loop {
        if let (Some(b']'), false) = (rest.first(), first) {
            rest = rest.get(1..)?;
            break;
        }
        first = false;
        let Some((member, behind)) = member(rest) else {
            return ended.then_some((Part::Never, &[]));
        };
        rest = behind;
        match member {
            Member::Unknown => ended = true,
            Member::Class(_) if ended => {}
            Member::Class(class) => (0..=u8::MAX).filter(class).for_each(|byte| classes.add(byte)),
            Member::Byte(low) => {
                let (high, behind) = range_end(rest).unwrap_or((low, rest));
                rest = behind;
                let fold = |byte: u8| if any_case { byte.to_ascii_lowercase() } else { byte };
                (fold(low)..=fold(high)).filter(|_| !ended).for_each(|byte| set.add(byte));
            }
        }
    }
    if ended && negated {
        return Some((Part::Never, rest));
    }
    let set = if any_case { set.any_case() } else { set }.with(classes);
    Some((Part::Set(if negated { set.inverted() } else { set }), rest))
}

/// The byte that ends a range, and what is behind. A class cannot.
fn range_end(rest: &[u8]) -> Option<(u8, &[u8])> {
    let end = rest.strip_prefix(b"-").filter(|end| !end.starts_with(b"]"))?;
    match end {
        [b'[', b'.', name @ ..] => match delimited(name, b'.') {
            Some(([byte], behind)) => Some((*byte, behind)),
            _ => Some((b'[', end.get(1..)?)),
        },
        [b'\\', byte, behind @ ..] | [byte, behind @ ..] => Some((*byte, behind)),
        [] => None,
    }
}

fn member(text: &[u8]) -> Option<(Member, &[u8])> {
    match text {
        [b'[', b':', rest @ ..] => match delimited(rest, b':') {
            Some((name, behind)) if name.iter().all(u8::is_ascii_lowercase) => {
                Some((class(name).map_or(Member::Unknown, Member::Class), behind))
            }
            _ => Some((Member::Byte(b'['), text.get(1..)?)),
        },
        [b'[', kind @ (b'=' | b'.'), rest @ ..] => {
            let (name, behind) = delimited(rest, *kind)?;
            match name {
                [byte] => Some((Member::Byte(*byte), behind)),
                _ => Some((Member::Unknown, behind)),
            }
        }
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((Member::Byte(*byte), rest)),
        [] => None,
    }
}

/// The text up to `mark` and `]`, and what is behind.
fn delimited(text: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|pair| pair == [mark, b']'])?;
    Some((text.get(..end)?, text.get(end + 2..)?))
}

fn class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"space" => |byte| byte.is_ascii_whitespace() || *byte == 11,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"punct" => u8::is_ascii_punctuation,
        b"print" => |byte| byte.is_ascii_graphic() || *byte == b' ',
        b"graph" => u8::is_ascii_graphic,
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern.as_bytes(), false);
        for text in fitting {
            assert!(glob.matches(text.as_bytes()), "{pattern} {text}");
        }
        for text in others {
            assert!(!glob.matches(text.as_bytes()), "{pattern} {text}");
        }
    }

    #[test]
    fn stars_cross_slashes_and_dots() {
        check("*.so*", &["libc.so", "/lib/libc.so.6", ".so"], &["libc.s", ""]);
        check("/etc/*", &["/etc/", "/etc/a/b"], &["/etc", "a/etc/b"]);
        check("a*b*c", &["abc", "aXbXbYc"], &["abcd", "acb"]);
        check("*", &["", "x"], &[]);
        check("", &[""], &["x"]);
    }

    #[test]
    fn brackets_have_ranges_classes_and_negation() {
        check("[a-c]x", &["ax", "cx"], &["dx", "x", "-x"]);
        check("[!a-c]x", &["dx"], &["ax"]);
        check("[^a-c]x", &["dx"], &["ax"]);
        check("[]a]", &["]", "a"], &["b"]);
        check("[a-]", &["a", "-"], &["b"]);
        check("[\\]a]", &["]", "a"], &["\\"]);
        check("[[:digit:]x]", &["7", "x"], &["y"]);
        check("[z-a]", &[], &["z", "a", "m"]);
        check("[abc", &["[abc"], &["a"]);
        check("[[:foo:]x]", &[], &["x", "f", "["]);
        check("[[.-.]x]", &["-", "x"], &["."]);
    }

    #[test]
    fn a_backslash_takes_the_next_as_it_is() {
        check("a\\*b", &["a*b"], &["aXb", "a\\*b"]);
        check("a\\\\b", &["a\\b"], &["ab"]);
        check("a\\", &[], &["a", "a\\"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_one_each() {
        assert!(Glob::new(b"a?b", false).matches(b"a\xffb"));
        assert!(Glob::new(b"[\x80-\xff]", false).matches(b"\xc3"));
    }

    #[test]
    fn any_case_is_of_ascii_letters() {
        let glob = Glob::new(b"*LIB[a-c]?", true);
        assert!(glob.matches(b"/usr/libBx"));
        assert!(!Glob::new(b"*LIB*", false).matches(b"/usr/lib"));
        assert!(!Glob::new(b"[!a]", true).matches(b"A"));
        assert!(Glob::new(b"[A-Z]", true).matches(b"q"));
        assert!(!Glob::new(b"[[:upper:]]", true).matches(b"q"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(200) + "b";
        assert!(!Glob::new(pattern.as_bytes(), false).matches(&vec![b'a'; 20_000]));
    }
}
