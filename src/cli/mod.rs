//! The command line: one file a command; arguments become requests, nothing
//! else. stdout is the answer alone, stderr everything else.

mod baseline;
mod captures;
mod check;
mod chisels;
mod common;
mod compare;
mod compared;
mod convert;
mod converted;
mod events;
mod fields;
mod help;
mod info;
mod interrupt;
mod kept;
mod merge;
mod messages;
mod output;
mod pager;
mod report;
mod run;
mod run_sets;
mod second_look;
mod selected;
mod sets;
mod shell;
mod spectrogram;
mod sql;
mod tables;
mod topscalls;
mod trace;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use messages::Outcome;

const EXAMPLES: &str = "\
Examples:
  analyze topscalls a.scap b.scap                 what got slower from a to b
  analyze topscalls a.scap --container worker     where one container's time goes
  analyze spectrogram --evt lstat a.scap b.scap -o lstat.png
  analyze events a.scap 'evt.type=lstat and evt.latency>10us'
  analyze info a.scap                             what is in a capture
  analyze topscalls base.strace new.strace        the same of strace's or perf trace's text

Exit codes: 0 done; 2 wrong usage or unusable input; 3 answered, but the input
was damaged or incomplete; of check also 1 departs, 4 cannot tell; 130 interrupted: the answer so far.

Captures are recorded with: sysdig -w FILE [FILTER]
or, as text: strace -f -ttt -T -o FILE COMMAND; perf trace -T -o FILE COMMAND";

/// Which system calls got slower between two runs of the same worker, by how
/// much, and why.
#[derive(Parser, Debug)]
#[command(name = "analyze", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Long answers go to the terminal as they are, not through $PAGER or less
    #[arg(long, global = true)]
    no_pager: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Time in system calls, by call; several captures side by side
    Topscalls(Box<topscalls::Arguments>),
    /// What changed between two sets of runs, how sure, of what kind, and where
    Compare(Box<compare::Arguments>),
    /// The comparison as one file to give away: HTML, a picture, Markdown
    Report(Box<report::Arguments>),
    /// Keep runs for later comparisons, in one small file
    Baseline(Box<baseline::Arguments>),
    /// Whether runs depart from a baseline, for CI and alerting
    Check(Box<check::Arguments>),
    /// Calls by time and latency, in the terminal or as a picture
    Spectrogram(Box<spectrogram::Arguments>),
    /// A chisel, a question kept in a file; over several captures side by side
    Run(Box<run::Arguments>),
    /// Which chisels there are, and what one does
    Chisels(chisels::Arguments),
    /// A question of your own in SQL over events and calls
    Sql(Box<sql::Arguments>),
    /// Captures as Parquet files, for other programs
    Convert(Box<convert::Arguments>),
    /// Events as lines, the way sysdig lists them
    Events(Box<events::Arguments>),
    /// What filters and formats may ask of an event
    Fields(fields::Arguments),
    /// What is in a capture
    Info(info::Arguments),
    /// A command, or a topic: filters, fields, formats, exit-codes, recording
    Help(help::Arguments),
    /// What a shell needs to complete commands and options
    Completions(help::CompletionArguments),
    /// The manual pages
    Man(help::ManArguments),
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            if !error.use_stderr() {
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            match error.render().to_string().strip_prefix("error: ") {
                Some(text) => messages::error(text),
                None => drop(error.print()), // no command: the help
            }
            return ExitCode::from(2);
        }
    };
    interrupt::listen();
    if arguments.no_pager {
        pager::never();
    }
    let outcome = match arguments.command {
        Command::Topscalls(mut arguments) => topscalls::run(&mut arguments),
        Command::Compare(mut arguments) => compare::run(&mut arguments),
        Command::Report(mut arguments) => report::run(&mut arguments),
        Command::Baseline(mut arguments) => baseline::run(&mut arguments),
        Command::Check(mut arguments) => check::run(&mut arguments),
        Command::Spectrogram(mut arguments) => spectrogram::run(&mut arguments),
        Command::Run(mut arguments) => run::run(&mut arguments),
        Command::Chisels(arguments) => chisels::run(&arguments),
        Command::Sql(mut arguments) => sql::run(&mut arguments),
        Command::Convert(mut arguments) => convert::run(&mut arguments),
        Command::Events(arguments) => events::run(&arguments),
        Command::Fields(arguments) => fields::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Help(arguments) => help::run(&arguments, &mut Arguments::command()),
        Command::Completions(arguments) => help::completions(&arguments, &mut Arguments::command()),
        Command::Man(arguments) => help::man(&arguments, &Arguments::command()),
    };
    match outcome {
        Ok(_) if interrupt::happened() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Departs) => ExitCode::from(1),
        Ok(Outcome::Damaged) => ExitCode::from(3),
        Ok(Outcome::CannotTell) => ExitCode::from(4),
        Err(message) => {
            messages::error(&message);
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_are_sound() {
        use clap::CommandFactory as _;
        super::Arguments::command().debug_assert();
    }
}
