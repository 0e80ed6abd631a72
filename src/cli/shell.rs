//! The shell of `analyze sql`: queries one after the other over the same captures, with
//! line editing, history, and completion of columns, tables and chisels. What does not
//! come from a terminal is read as queries with `;` between them.

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Context, Editor, Helper, Highlighter, Hinter, Validator};

use super::messages::Outcome;
use super::run::all;
use crate::chisel::sql::column_names;

/// Words that are completed beside columns and chisels.
const WORDS: [&str; 24] = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "DISTINCT",
    "JOIN",
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "CASE",
    "WHEN",
    "events",
    "calls",
    "http",
    "threads",
    "files",
    "containers",
    ".chisels",
    ".help",
];

const HELP: &str = "\
A query ends with ; or an empty line. Tables: events, calls, http, threads, files. TAB completes columns.
.run NAME   asks a chisel       .chisels   lists them
.help       this                .quit      leaves, as Ctrl-D does
";

#[derive(Helper, Hinter, Highlighter, Validator)]
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let head = line.get(..at).unwrap_or_default();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let start = head.rfind(|c| !is_part(c)).map_or(0, |at| at + 1);
        let begun = head.get(start..).unwrap_or_default().to_lowercase();
        let fits = |word: &&String| !begun.is_empty() && word.to_lowercase().starts_with(&begun);
        Ok((start, self.0.iter().filter(fits).cloned().collect()))
    }
}

fn words() -> Vec<String> {
    let mut words: Vec<String> = WORDS.iter().map(|word| (*word).to_owned()).collect();
    words.extend(column_names());
    words.extend(all().unwrap_or_default().into_iter().map(|chisel| chisel.header.name));
    words.sort();
    words.dedup();
    words
}

/// What a line of the shell asks for.
pub enum Asked<'a> {
    /// A query.
    Query(&'a str),
    /// A chisel, by name.
    Chisel(&'a str),
}

/// Asks for queries until there are no more. An answer that cannot be given is told,
/// and the shell goes on; without a terminal it ends the program.
///
/// # Errors
/// When the terminal cannot be read, or, without one, what is wrong with a query.
pub fn shell(
    mut answer: impl FnMut(&Asked<'_>) -> Result<Outcome, String>,
) -> Result<Outcome, String> {
    if std::io::stdin().is_terminal() {
        return interactive(&mut answer);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| format!("stdin: {error}"))?;
    let mut outcome = Outcome::Done;
    for query in queries(&text) {
        let one = answer(&Asked::Query(&query))?;
        outcome = if one == Outcome::Done { outcome } else { one };
    }
    Ok(outcome)
}

/// The queries of a text: `;` ends one, but not inside quotes or comments.
fn queries(text: &str) -> Vec<String> {
    let (mut all, mut query, mut quote) = (Vec::new(), String::new(), None);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, ';') => all.push(std::mem::take(&mut query)),
            (None, '-') if rest.peek() == Some(&'-') => {
                // to the end of the line, which stays for the count of lines
                while rest.next_if(|c| *c != '\n').is_some() {}
            }
            _ => {
                quote = match quote {
                    Some(open) if open == c => None,
                    None if c == '\'' || c == '"' => Some(c),
                    same => same,
                };
                query.push(c);
            }
        }
    }
    all.push(query);
    all.retain(|query| !query.trim().is_empty());
    all
}

/// Where the history lies.
fn history() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    state.map(|state| state.join("analyze/history"))
}

fn interactive(
    answer: &mut impl FnMut(&Asked<'_>) -> Result<Outcome, String>,
) -> Result<Outcome, String> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let failed = |error: &ReadlineError| format!("the terminal cannot be read: {error}");
    let mut editor: Editor<Words, DefaultHistory> =
        Editor::with_config(config).map_err(|error| failed(&error))?;
    editor.set_helper(Some(Words(words())));
    let kept = history();
    if let Some(path) = &kept {
        let _ = editor.load_history(path); // there is none at first
    }
    let (mut query, mut outcome) = (String::new(), Outcome::Done);
    loop {
        let prompt = if query.is_empty() { "sql> " } else { "...> " };
        let line = match editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                query.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failed(&error)),
        };
        let word = line.trim();
        if query.is_empty() && word.starts_with('.') {
            let _ = editor.add_history_entry(word);
            if word == ".quit" || word == ".exit" {
                break;
            }
            told(command(word, answer), &mut outcome);
            continue;
        }
        query.push_str(&line);
        query.push('\n');
        let ends = word.ends_with(';') || word.is_empty();
        if ends {
            let whole = query.trim().trim_end_matches(';').to_owned();
            query.clear();
            if !whole.is_empty() {
                let _ = editor.add_history_entry(format!("{};", whole.replace('\n', " ")));
                told(answer(&Asked::Query(&whole)), &mut outcome);
            }
        }
    }
    if let Some(path) = &kept {
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        if made.is_err() || editor.save_history(path).is_err() {
            super::messages::note(&format!("the history cannot be kept in {}", path.display()));
        }
    }
    Ok(outcome)
}

fn told(answered: Result<Outcome, String>, outcome: &mut Outcome) {
    match answered {
        Ok(Outcome::Done) => {}
        Ok(other) => *outcome = other,
        Err(message) => super::messages::error(&message),
    }
}

fn command(
    word: &str,
    answer: &mut impl FnMut(&Asked<'_>) -> Result<Outcome, String>,
) -> Result<Outcome, String> {
    match word.split_once(' ') {
        Some((".run", name)) => answer(&Asked::Chisel(name.trim())),
        None if word == ".chisels" => super::chisels::run(&super::chisels::Arguments::default()),
        None if word == ".help" => {
            super::output::write(None, HELP.as_bytes()).map(|()| Outcome::Done)
        }
        _ => Err(format!("{word}: .help tells what there is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_end_queries_but_not_in_quotes_and_comments() {
        let found = queries("SELECT ';' -- one; two\nFROM calls;\n\nSELECT 2;;\n");
        assert_eq!(found, ["SELECT ';' \nFROM calls", "\n\nSELECT 2"]);
        assert_eq!(queries(" \n"), Vec::<String>::new());
    }

    #[test]
    fn what_is_begun_is_completed() {
        let words = Words(vec!["evt_type".into(), "evt_latency".into(), "SELECT".into()]);
        let history = DefaultHistory::new();
        let complete =
            |line: &str| words.complete(line, line.len(), &Context::new(&history)).unwrap();
        assert_eq!(complete("SELECT evt_t"), (7, vec!["evt_type".to_owned()]));
        assert_eq!(complete("sel"), (0, vec!["SELECT".to_owned()]));
        assert_eq!(complete("SELECT ").1, Vec::<String>::new());
    }
}
