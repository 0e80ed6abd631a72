//! Known ways in which calls get slower, each a data file beside this one: its
//! name, the numbers that it needs, what speaks for and against it, what else
//! looks like it, and the commands that confirm or refute it. A mechanism that
//! fits is a place to look, never a finding: it is printed with its evidence.

mod facts;

use serde::{Deserialize, Serialize};

pub use facts::{FACTS, Facts};

use super::ratio_text;
use crate::event::{bytes_text, rate_text};

/// The files, in the order of this list where the evidence is equal.
const FILES: [(&str, &str); 9] = [
    ("dentry_cache.toml", include_str!("dentry_cache.toml")),
    ("cpu_throttling.toml", include_str!("cpu_throttling.toml")),
    ("cpu_contention.toml", include_str!("cpu_contention.toml")),
    ("lock_contention.toml", include_str!("lock_contention.toml")),
    ("disk_contention.toml", include_str!("disk_contention.toml")),
    ("slow_peer.toml", include_str!("slow_peer.toml")),
    ("cold_page_cache.toml", include_str!("cold_page_cache.toml")),
    ("error_retry.toml", include_str!("error_retry.toml")),
    ("small_requests.toml", include_str!("small_requests.toml")),
];

/// A ratio that stands for one over none.
pub(super) const ENDLESS: f64 = 1e6;

/// How a number is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// `4.0x`
    #[default]
    Ratio,
    /// `45 %`
    Share,
    /// `12,345`
    Rate,
    /// As an amount of bytes.
    Bytes,
    /// `45.3 ms`
    Ms,
}

/// A condition on a number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    /// Which number; one of [`FACTS`].
    fact: String,
    /// It must be above this.
    above: Option<f64>,
    /// It must be below this.
    below: Option<f64>,
    /// What that says; `{}` is the number.
    #[serde(default)]
    says: String,
    /// What is said where it does not hold.
    #[serde(default)]
    otherwise: String,
    /// How the number is written.
    #[serde(default, rename = "as")]
    form: Form,
}

/// A mechanism as its file tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mechanism {
    name: String,
    story: String,
    /// Without these it is not considered.
    needs: Vec<Condition>,
    /// What speaks for it.
    #[serde(default, rename = "for")]
    support: Vec<Condition>,
    /// What speaks against it.
    #[serde(default)]
    against: Vec<Condition>,
    looks_like: Vec<String>,
    confirm: Vec<String>,
}

/// A mechanism that fits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Its name.
    pub name: String,
    /// What happens, in a sentence.
    pub story: String,
    /// What speaks for it, with figures.
    pub evidence_for: Vec<String>,
    /// What speaks against it.
    pub evidence_against: Vec<String>,
    /// What the captures do not tell.
    pub not_known: Vec<String>,
    /// What else would look like this.
    pub looks_like: Vec<String>,
    /// What confirms or refutes it.
    pub confirm: Vec<String>,
}

impl Condition {
    fn holds(&self, facts: &Facts) -> Option<bool> {
        let value = facts.get(&self.fact)?;
        let above = self.above.is_none_or(|bound| value > bound);
        let below = self.below.is_none_or(|bound| value < bound);
        Some(above && below)
    }

    fn text(&self, template: &str, facts: &Facts) -> String {
        let value = facts.get(&self.fact).unwrap_or(f64::NAN);
        let number = match self.form {
            // from none at all
            Form::Ratio if value >= ENDLESS => "many times".into(),
            Form::Ratio => ratio_text(value),
            Form::Share => format!("{:.0} %", value * 100.0),
            Form::Rate => rate_text(value),
            Form::Bytes => bytes_text(value.max(0.0).round() as u64),
            Form::Ms => format!("{value:.1} ms"),
        };
        template.replace("{}", &number)
    }
}

impl Mechanism {
    /// The evidence, if all that it needs is there.
    fn fit(&self, facts: &Facts) -> Option<Fit> {
        if self.needs.iter().any(|condition| condition.holds(facts) != Some(true)) {
            return None;
        }
        let mut fit = Fit {
            name: self.name.clone(),
            story: self.story.clone(),
            evidence_for: Vec::new(),
            evidence_against: Vec::new(),
            not_known: Vec::new(),
            looks_like: self.looks_like.clone(),
            confirm: self.confirm.clone(),
        };
        let said = |condition: &Condition| condition.text(&condition.says, facts);
        let otherwise = |condition: &Condition| condition.text(&condition.otherwise, facts);
        let needs = self.needs.iter().map(said).filter(|text| !text.is_empty());
        fit.evidence_for.extend(needs);
        for condition in &self.support {
            match condition.holds(facts) {
                Some(true) => fit.evidence_for.push(said(condition)),
                Some(false) => fit.evidence_against.push(otherwise(condition)),
                None => fit.not_known.push(FACTS.meaning(&condition.fact).to_owned()),
            }
        }
        let against = self.against.iter().filter(|c| c.holds(facts) == Some(true));
        fit.evidence_against.extend(against.map(said));
        fit.evidence_against.retain(|text| !text.is_empty());
        fit.not_known.dedup();
        Some(fit)
    }
}

impl Fit {
    /// What speaks for it, less what speaks against it.
    fn weight(&self) -> isize {
        self.evidence_for.len().cast_signed() - self.evidence_against.len().cast_signed()
    }

    /// In one line.
    #[must_use]
    pub fn line(&self) -> String {
        let mut text = format!("Fits {}: {}", self.name, self.evidence_for.join(", "));
        if !self.evidence_against.is_empty() {
            text.push_str(&format!("; against it: {}", self.evidence_against.join(", ")));
        }
        if let Some(command) = self.confirm.first() {
            text.push_str(&format!(". Check: {command}"));
        }
        text.push('.');
        text
    }
}

fn known() -> Vec<Mechanism> {
    FILES.iter().filter_map(|(_, text)| toml::from_str(text).ok()).collect()
}

/// The mechanisms that these numbers fit, those with the most evidence first;
/// none against which more speaks than for it.
#[must_use]
pub fn fits(facts: &Facts) -> Vec<Fit> {
    let mut fits: Vec<Fit> = known().iter().filter_map(|known| known.fit(facts)).collect();
    fits.retain(|fit| fit.weight() > 0);
    fits.sort_by_key(|fit| std::cmp::Reverse(fit.weight()));
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_asks_for_facts_that_exist() {
        for (name, text) in FILES {
            let mechanism: Mechanism =
                toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!mechanism.needs.is_empty() && !mechanism.confirm.is_empty(), "{name}");
            assert!(!mechanism.looks_like.is_empty() && !mechanism.story.is_empty(), "{name}");
            for condition in
                mechanism.needs.iter().chain(&mechanism.support).chain(&mechanism.against)
            {
                assert!(FACTS.is_known(&condition.fact), "{name}: {}", condition.fact);
                assert!(condition.above.is_some() || condition.below.is_some(), "{name}");
            }
            for condition in mechanism.support.iter().chain(&mechanism.against) {
                assert!(!condition.says.is_empty(), "{name}: {} says nothing", condition.fact);
            }
        }
    }

    #[test]
    fn what_is_needed_must_be_known_and_hold() {
        let fit = |facts: &[(&'static str, f64)]| {
            let fits = fits(&facts.iter().copied().collect());
            fits.into_iter().map(|fit| fit.name).collect::<Vec<_>>()
        };
        assert!(fit(&[]).is_empty());
        let dentry = fit(&[("path.slower", 4.0), ("path.off_share", 0.01)]);
        assert!(dentry[0].contains("dentry"), "{dentry:?}");
        let waits = fit(&[("path.slower", 4.0), ("path.off_share", 0.9)]);
        assert!(!waits.iter().any(|name| name.contains("dentry")), "{waits:?}");
        let throttled = fit(&[("between.off_more_ms", 300.0), ("between.idle_share", 0.9)]);
        assert!(throttled[0].contains("throttl"), "{throttled:?}");
        let contended = fit(&[("between.off_more_ms", 300.0), ("between.others_share", 0.9)]);
        assert!(contended[0].contains("contention"), "{contended:?}");
    }
}
