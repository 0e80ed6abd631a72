//! The operators, and which type of field may be compared with which.

use std::fmt;

use crate::filter::value::FieldType;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`, also written `==`.
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `contains`
    Contains,
    /// `icontains`: `contains`, but ASCII letters in any case.
    ContainsAnyCase,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `glob`: the whole text, by wildcards.
    Glob,
    /// `iglob`: `glob`, but ASCII letters in any case.
    GlobAnyCase,
    /// `regex`: the whole text, by a regular expression.
    Regex,
    /// `bcontains`: bytes in hexadecimal.
    BytesContain,
    /// `bstartswith`: bytes in hexadecimal.
    BytesStartWith,
    /// `in`: equal to a member of the list.
    In,
    /// `intersects`: any value is equal to a member of the list.
    Intersects,
    /// `pmatch`: a member of the list is the path or a directory above it.
    PathMatch,
    /// `exists`: there is a value.
    Exists,
}

use Operator::{
    BytesContain, BytesStartWith, Contains, ContainsAnyCase, EndsWith, Equal, Exists, Glob,
    GlobAnyCase, Greater, GreaterOrEqual, In, Intersects, Less, LessOrEqual, NotEqual, PathMatch,
    Regex, StartsWith,
};

/// All operators, in the order in which messages list them.
pub(super) const ALL: [Operator; 19] = [
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsAnyCase,
    StartsWith,
    EndsWith,
    Glob,
    GlobAnyCase,
    Regex,
    BytesContain,
    BytesStartWith,
    In,
    Intersects,
    PathMatch,
    Exists,
];

const OF_TEXT: &[Operator] = &[
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    ContainsAnyCase,
    StartsWith,
    EndsWith,
    Glob,
    GlobAnyCase,
    Regex,
    In,
    Intersects,
    PathMatch,
    Exists,
];
const OF_BYTES: &[Operator] = &[
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    BytesContain,
    BytesStartWith,
    In,
    Intersects,
    Exists,
];
const OF_NUMBERS: &[Operator] =
    &[Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, Intersects, Exists];
const OF_ADDRESSES: &[Operator] = &[Equal, NotEqual, In, Intersects, Exists];

impl Operator {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Equal => "=",
            NotEqual => "!=",
            Less => "<",
            LessOrEqual => "<=",
            Greater => ">",
            GreaterOrEqual => ">=",
            Contains => "contains",
            ContainsAnyCase => "icontains",
            StartsWith => "startswith",
            EndsWith => "endswith",
            Glob => "glob",
            GlobAnyCase => "iglob",
            Regex => "regex",
            BytesContain => "bcontains",
            BytesStartWith => "bstartswith",
            In => "in",
            Intersects => "intersects",
            PathMatch => "pmatch",
            Exists => "exists",
        }
    }

    /// Whether it is written in letters.
    #[must_use]
    pub fn is_word(self) -> bool {
        self.name().starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// Whether a list in brackets follows.
    #[must_use]
    pub fn takes_list(self) -> bool {
        matches!(self, In | Intersects | PathMatch)
    }

    /// What a field of this type may be compared by.
    #[must_use]
    pub fn allowed(kind: FieldType) -> &'static [Operator] {
        match kind {
            FieldType::Text => OF_TEXT,
            FieldType::Bytes => OF_BYTES,
            FieldType::Signed
            | FieldType::Unsigned
            | FieldType::Time
            | FieldType::Bool
            | FieldType::Double
            | FieldType::Port => OF_NUMBERS,
            FieldType::Ip | FieldType::Net => OF_ADDRESSES,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
