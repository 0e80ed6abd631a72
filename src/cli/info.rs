//! `analyze info`: what is in a capture.
use super::messages::Outcome;
use clap::Args;
#[derive(Args, Debug)]
pub struct Arguments {}
pub fn run(_: &Arguments) -> Result<Outcome, String> {
    Err("x".into())
}
