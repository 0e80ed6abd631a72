//! What is wrong with a filter, shown at its place. The same filter gives the
//! same message everywhere.

use std::fmt;

use crate::filter::fields::distance;

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// What is wrong, and what would be right.
    pub message: String,
    /// Where, in bytes from the beginning of the filter.
    pub column: usize,
    /// The filter.
    pub text: String,
}

impl fmt::Display for FilterError {
    /// Three lines: the filter, a caret under the culprit, the message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line: String =
            self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let before = self.text.char_indices().take_while(|&(at, _)| at < self.column).count();
        write!(f, "{line}\n{:before$}^\n{}", "", self.message)
    }
}

impl std::error::Error for FilterError {}

/// The name most similar to `text`; none if none is similar at all.
pub(super) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (far, name) = names.map(|name| (distance(text, name), name)).min()?;
    (far <= text.len().div_ceil(2)).then_some(name)
}

/// `; did you mean 'NAME'?`, or nothing.
pub(super) fn suggestion(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}
