//! What could not be read. Every loss has a kind from one table, the byte
//! offset where it begins, how much it took and what was expected there.

use serde::Serialize;

/// Kinds of loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// The file ends inside a block.
    CutOff,
    /// A block that cannot be right; reading went on behind it.
    Gap,
    /// An event that does not fit its block, or whose parameters do not add up.
    BadEvent,
    /// A list entry that does not fit its block.
    BadList,
    /// An event block whose trailer alone differs: read all the same.
    Trailer,
    /// The compressed or mapped bytes themselves ended early.
    Stream,
    /// Bytes behind the last gzip member, which zlib ignores.
    IgnoredTail,
    /// The reader was told to stop.
    Interrupted,
}

impl LossKind {
    /// What it means and what to do, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            LossKind::CutOff => "the file ends inside a block; everything before was read",
            LossKind::Gap => "bytes that are no block were passed over; no call is paired across",
            LossKind::BadEvent => "the event was left out",
            LossKind::BadList => "the rest of that list was left out; names may be missing",
            LossKind::Trailer => "the event was read; only its closing length differs",
            LossKind::Stream => "everything before was read; copy the file again from its source",
            LossKind::Interrupted => "the answer is partial: it holds what was read before",
            LossKind::IgnoredTail => "they were not read, as zlib and sysdig do not read them",
        }
    }

    /// Whether something that belongs to the answer is missing.
    #[must_use]
    pub fn is_damage(self) -> bool {
        !matches!(self, LossKind::Trailer)
    }
}

/// One thing that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Kind.
    pub kind: LossKind,
    /// Which file of the capture, from 0.
    pub file: usize,
    /// Offset in the (decompressed) bytes of the file.
    pub offset: u64,
    /// Bytes that were lost; 0 when unknown.
    pub bytes: u64,
    /// What was expected and what was found.
    pub detail: String,
}

/// The losses of one capture: the first of each kind in full, all counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Losses {
    /// The first hundred.
    pub listed: Vec<Loss>,
    /// How many there were in all.
    pub count: u64,
    /// Bytes lost in all.
    pub bytes: u64,
    /// Those that are damage (a differing trailer is not).
    pub damage: u64,
}

/// Losses kept word for word; a file of noise must not fill the memory.
const LISTED: usize = 100;

impl Losses {
    /// Adds those of a capture's file of number `file`.
    pub fn join(&mut self, other: &Losses, file: usize) {
        self.count = self.count.saturating_add(other.count);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.damage = self.damage.saturating_add(other.damage);
        let room = LISTED.saturating_sub(self.listed.len());
        let theirs = other.listed.iter().take(room).cloned();
        self.listed.extend(theirs.map(|loss| Loss { file, ..loss }));
    }

    /// Notes one loss.
    pub fn add(&mut self, loss: Loss) {
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(loss.bytes);
        self.damage = self.damage.saturating_add(u64::from(loss.kind.is_damage()));
        if self.listed.len() < LISTED {
            self.listed.push(loss);
        }
    }
}
