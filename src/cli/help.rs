//! `analyze help`, with topics that are no command; completions for shells; manual
//! pages. All are made from the commands themselves and from `docs`.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_complete::Shell;

use super::messages::{self, Outcome};
use super::output::{self, Colour};
use crate::event::several;
use crate::filter::fields::distance;

/// Topics, what they are about, and their documents.
const TOPICS: [(&str, &str, &str); 5] = [
    ("filters", "the filter language", include_str!("../../docs/filters.md")),
    ("fields", "what filters, formats and SQL may ask", include_str!("../../docs/fields.md")),
    ("formats", "what is read and what is written", include_str!("../../docs/formats.md")),
    ("exit-codes", "what scripts can rely on", include_str!("../../docs/exit-codes.md")),
    (
        "recording",
        "how to capture, and what each way can tell",
        include_str!("../../docs/recording.md"),
    ),
];

#[derive(Args, Debug)]
pub struct Arguments {
    /// A command or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    about: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  analyze completions bash > ~/.local/share/bash-completion/completions/analyze
  analyze completions zsh > ~/.zfunc/_analyze
  analyze completions fish > ~/.config/fish/completions/analyze.fish")]
pub struct CompletionArguments {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  analyze man | man -l -                      the page of the program
  analyze man -o ~/.local/share/man/man1      a page for every command, for `man analyze-compare`")]
pub struct ManArguments {
    /// Folder to write a page for every command to
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Prints the help of a command, or a topic.
pub fn run(arguments: &Arguments, program: &mut Command) -> Result<Outcome, String> {
    let Some(about) = &arguments.about else {
        let mut text = program.render_help().to_string();
        text.push_str("\nTopics (analyze help TOPIC):\n");
        for (name, what, _) in TOPICS {
            text.push_str(&format!("  {name:<12} {what}\n"));
        }
        output::write(None, text.as_bytes())?;
        return Ok(Outcome::Done);
    };
    if let Some((_, _, document)) = TOPICS.iter().find(|(name, ..)| name == about) {
        output::write(None, plain(document, Colour::Auto.wanted()).as_bytes())?;
        return Ok(Outcome::Done);
    }
    if let Some(command) = program.find_subcommand_mut(about) {
        let mut command = command.clone().bin_name(format!("analyze {about}"));
        output::write(None, command.render_help().to_string().as_bytes())?;
        return Ok(Outcome::Done);
    }
    let topics = TOPICS.iter().map(|(name, ..)| (*name).to_owned());
    let commands = program.get_subcommands().map(|command| command.get_name().to_owned());
    let near = topics.chain(commands).map(|name| (distance(about, &name), name)).min();
    let near = near.filter(|(far, _)| *far <= about.len().div_ceil(2));
    let near = near.map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"));
    Err(format!("there is no command or topic {about}{near} analyze help lists all"))
}

/// A document for the terminal: headings stand out, what is printed by commands is
/// set in, links lose their targets.
fn plain(document: &str, colour: bool) -> String {
    let mut text = String::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = !inside;
            continue;
        }
        let heading = line.trim_start_matches('#');
        if !inside && heading.len() < line.len() {
            let heading = heading.trim().to_uppercase();
            text.push_str(&if colour { format!("\x1b[1m{heading}\x1b[0m") } else { heading });
        } else if inside {
            text.push_str(&format!("    {line}"));
        } else {
            text.push_str(&without_links(line));
        }
        text.push('\n');
    }
    text
}

/// `[words](target)` as `words`.
fn without_links(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let Some((start, end)) = before.rfind('[').zip(after.find(')')) else { break };
        out.push_str(&before[..start]);
        out.push_str(&before[start + 1..]);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Prints a shell's completions.
pub fn completions(
    arguments: &CompletionArguments,
    program: &mut Command,
) -> Result<Outcome, String> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, program, "analyze", &mut text);
    output::write(None, &text)?;
    Ok(Outcome::Done)
}

/// Prints the page of the program, or writes those of all commands.
pub fn man(arguments: &ManArguments, program: &Command) -> Result<Outcome, String> {
    let Some(folder) = &arguments.output else {
        output::write(None, &page(program.clone())?)?;
        return Ok(Outcome::Done);
    };
    if !folder.is_dir() {
        return Err(format!("{} is no directory", folder.display()));
    }
    let mut pages = vec![("analyze.1".to_owned(), program.clone())];
    for command in program.get_subcommands() {
        let name = format!("analyze-{}", command.get_name());
        let page = command.clone().display_name(name.clone()).version(env!("CARGO_PKG_VERSION"));
        pages.push((format!("{name}.1"), page));
    }
    let count = pages.len() as u64;
    for (name, command) in pages {
        output::write(Some(&folder.join(name)), &page(command)?)?;
    }
    messages::note(&format!("{}: {}", folder.display(), several(count, "page")));
    Ok(Outcome::Done)
}

fn page(command: Command) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let failed = |error: std::io::Error| error.to_string();
    clap_mangen::Man::new(command).render(&mut text).map_err(failed)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_plain_in_a_terminal() {
        let document =
            "# A title\n\nSee [the other](other.md) and [this][1].\n```console\n$ x\n```\n";
        let text = "A TITLE\n\nSee the other and [this][1].\n    $ x\n";
        assert_eq!(plain(document, false), text);
        assert!(plain(document, true).starts_with("\x1b[1mA TITLE\x1b[0m\n"));
    }
}
