//! The head of a chisel: SQL comments at the top of its file that say what it is
//! called, what it is for, what it may be given, and how its columns are printed.
//!
//! ```text
//! -- name: topfiles_bytes
//! -- category: I/O
//! -- about: Files by bytes read and written
//! -- description: What a file's calls returned, summed up.
//! -- arg: min_ms int 1 shortest latency, ms
//! -- key: fd_name
//! -- value: bytes bytes sum
//! -- top: 10
//! ```

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Bytes.
    Bytes,
    /// ns.
    Time,
    /// Anything else.
    Plain,
}

/// A column that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueColumn {
    /// Its name in the answer.
    pub name: String,
    /// How it is printed.
    pub unit: Unit,
    /// Several captures' values are compared a second.
    pub is_sum: bool,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentType {
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A column's name.
    Column,
    /// A condition on columns, in SQL.
    Condition,
}

/// What a chisel may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChiselArgument {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: ArgumentType,
    /// Taken where none is given; `-`: one must be.
    pub default: Option<String>,
    /// What it is for.
    pub about: String,
}

/// The head of a chisel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// What it is about: `I/O`, `Net`, `CPU`, `Errors`…
    pub category: String,
    /// One line.
    pub about: String,
    /// All that is to be said.
    pub description: String,
    /// What it may be given.
    pub arguments: Vec<ChiselArgument>,
    /// Columns that name a row.
    pub keys: Vec<String>,
    /// Columns that are counted; rows are ordered by the first.
    pub values: Vec<ValueColumn>,
    /// Rows that are shown unless more are asked for; 0: all.
    pub top: usize,
    /// How it differs from sysdig's chisel of this name, and why.
    pub differs: String,
}

/// What is wrong, and in which line.
pub type HeaderError = (usize, String);

impl Header {
    /// Reads the head of a file.
    ///
    /// # Errors
    /// What is wrong, with the line.
    pub fn parse(text: &str) -> Result<Header, HeaderError> {
        let mut header = Header::default();
        let mut before = String::new();
        for (at, line) in text.lines().enumerate() {
            let Some(comment) = line.strip_prefix("--") else { break };
            let wrong = |what: String| (at + 1, what);
            match comment.trim().split_once(':').filter(|(word, _)| is_word(word)) {
                Some((word, rest)) => {
                    header.set(word, rest.trim()).map_err(wrong)?;
                    word.clone_into(&mut before);
                }
                None => header.go_on(&before, comment.trim()),
            }
        }
        if header.name.is_empty() {
            return Err((1, "a chisel begins with -- name: NAME".into()));
        }
        Ok(header)
    }

    fn set(&mut self, word: &str, rest: &str) -> Result<(), String> {
        match word {
            "name" => rest.clone_into(&mut self.name),
            "category" => rest.clone_into(&mut self.category),
            "about" => rest.clone_into(&mut self.about),
            "description" => rest.clone_into(&mut self.description),
            "differs" => rest.clone_into(&mut self.differs),
            "key" => self.keys.push(rest.to_owned()),
            "value" => self.values.push(value(rest)?),
            "arg" => self.arguments.push(argument(rest)?),
            "top" => {
                self.top = rest.parse().map_err(|_| format!("'{rest}' is no number of rows"))?;
            }
            _ => {
                return Err(format!(
                    "'{word}' is none of name, category, about, description, differs, key, value, arg, top"
                ));
            }
        }
        Ok(())
    }

    /// A line that goes on with what the one before said.
    fn go_on(&mut self, word: &str, text: &str) {
        let longer = match word {
            "description" => &mut self.description,
            "differs" => &mut self.differs,
            _ => return,
        };
        longer.push(' ');
        longer.push_str(text);
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn value(text: &str) -> Result<ValueColumn, String> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or("a value has a column's name")?.to_owned();
    let mut column = ValueColumn { name, unit: Unit::Plain, is_sum: false };
    for word in words {
        match word {
            "count" => column.unit = Unit::Count,
            "bytes" => column.unit = Unit::Bytes,
            "time" => column.unit = Unit::Time,
            "sum" => column.is_sum = true,
            _ => return Err(format!("'{word}' is none of count, bytes, time, sum")),
        }
    }
    Ok(column)
}

fn argument(text: &str) -> Result<ChiselArgument, String> {
    let mut words = text.splitn(4, ' ');
    let [Some(name), Some(kind), Some(default), Some(about)] = [(); 4].map(|()| words.next())
    else {
        return Err("an argument is NAME TYPE DEFAULT DESCRIPTION, with - for no default".into());
    };
    let kind = match kind {
        "int" => ArgumentType::Int,
        "text" => ArgumentType::Text,
        "column" => ArgumentType::Column,
        "condition" => ArgumentType::Condition,
        _ => return Err(format!("'{kind}' is none of int, text, column, condition")),
    };
    let default = (default != "-").then(|| default.to_owned());
    Ok(ChiselArgument { name: name.to_owned(), kind, default, about: about.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_all() {
        let text = "-- name: x\n-- about: what: it is\n-- description: one\n--   two\n-- arg: ms int 1 how long\n-- key: fd_name\n-- value: bytes bytes sum\n-- top: 10\nSELECT 1\n-- name: y\n";
        let header = Header::parse(text).unwrap();
        assert_eq!((header.name.as_str(), header.about.as_str()), ("x", "what: it is"));
        assert_eq!(header.description, "one two");
        assert_eq!(header.arguments[0].default.as_deref(), Some("1"));
        let value = ValueColumn { name: "bytes".into(), unit: Unit::Bytes, is_sum: true };
        assert_eq!((header.keys.len(), header.top, &header.values[0]), (1, 10, &value));
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        for (text, line) in [
            ("SELECT 1", 1),
            ("-- name: x\n-- top: many\nSELECT", 2),
            ("-- name: x\n-- nme: y", 2),
            ("-- name: x\n-- value: v byte", 2),
            ("-- name: x\n-- arg: ms", 2),
        ] {
            assert_eq!(Header::parse(text).unwrap_err().0, line, "{text}");
        }
    }
}
