//! `analyze spectrogram`: what is in a capture.
use clap::Args;
use super::messages::Outcome;
#[derive(Args, Debug)]
pub struct Arguments {}
pub fn run(_: &Arguments) -> Result<Outcome, String> { Err("x".into()) }
