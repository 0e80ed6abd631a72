//! The bytes of a baseline.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{Baseline, Kept, Recorded, fault};

/// The version of the file that is written, and read.
const SCHEMA: &str = "analyze.baseline/1";
/// What the files of all versions begin their schema with.
const FAMILY: &str = "analyze.baseline/";
/// Bytes from which zstd is put around the text.
const LARGE: usize = 1 << 20;
/// The first bytes of a zstd frame (RFC 8878).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A baseline of a thousand runs is a tenth of this: no more is unpacked.
const MOST: u64 = 1 << 30;

/// The whole file. The schema stands first, so that a glance tells what it is.
#[derive(Serialize, Deserialize)]
struct Whole {
    schema: String,
    made_by: String,
    selection: Kept,
    /// CRC-32 of the runs as they stand here without spaces.
    runs_crc32: String,
    runs: Vec<Recorded>,
}

/// What the file says before its runs are believed.
#[derive(Deserialize)]
struct Head {
    schema: Option<String>,
}

fn crc32(runs: &[Recorded]) -> Result<String, String> {
    let text = serde_json::to_vec(runs).map_err(|error| error.to_string())?;
    let mut crc = flate2::Crc::new();
    crc.update(&text);
    Ok(format!("{:08x}", crc.sum()))
}

/// Whether bytes, of which only the first few hundred are needed, begin a
/// baseline of any version.
#[must_use]
pub fn is_baseline(head: &[u8]) -> bool {
    let mut text = Vec::new();
    if head.starts_with(&ZSTD) {
        // what is cut off here ends in an error, after what could be unpacked
        let Ok(mut unpacked) = zstd::stream::read::Decoder::new(head) else { return false };
        let mut first = [0; 64];
        while text.len() < 256 {
            match unpacked.read(&mut first) {
                Ok(read) if read > 0 => text.extend_from_slice(&first[..read]),
                _ => break,
            }
        }
    } else {
        text.extend_from_slice(&head[..head.len().min(256)]);
    }
    let text = String::from_utf8_lossy(&text);
    let rest = text.trim_start().strip_prefix('{').map(str::trim_start);
    let rest = rest.and_then(|rest| rest.strip_prefix("\"schema\"")).map(str::trim_start);
    let rest = rest.and_then(|rest| rest.strip_prefix(':')).map(str::trim_start);
    rest.and_then(|rest| rest.strip_prefix('"')).is_some_and(|rest| rest.starts_with(FAMILY))
}

impl Baseline {
    /// The file's bytes.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let whole = Whole {
            schema: SCHEMA.into(),
            made_by: self.made_by.clone(),
            selection: self.kept.clone(),
            runs_crc32: crc32(&self.runs)?,
            runs: self.runs.clone(),
        };
        let mut text = serde_json::to_vec(&whole).map_err(|error| error.to_string())?;
        text.push(b'\n');
        if text.len() < LARGE {
            return Ok(text);
        }
        zstd::stream::encode_all(&text[..], 9).map_err(|error| format!("cannot pack: {error}"))
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// When they are no baseline, one of another version, or damaged: with the
    /// line and column where that is seen.
    pub fn read(bytes: &[u8]) -> Result<Baseline, String> {
        let mut unpacked = Vec::new();
        let text = if bytes.starts_with(&ZSTD) {
            let packed = zstd::stream::read::Decoder::new(bytes);
            let packed = packed.map_err(|error| format!("cannot be unpacked: {error}"))?;
            let read = packed.take(MOST).read_to_end(&mut unpacked);
            read.map_err(|error| format!("damaged: cannot be unpacked: {error}"))?;
            &unpacked[..]
        } else {
            bytes
        };
        let damaged = |error: serde_json::Error| format!("damaged: {error}; make it again");
        let head: Head = serde_json::from_slice(text).map_err(damaged)?;
        match head.schema.as_deref() {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with(FAMILY) => {
                return Err(format!(
                    "is of version {other}; this program reads {SCHEMA}: take the version of analyze that wrote it, or make it again"
                ));
            }
            _ => return Err("is no baseline; analyze baseline CAPTURE… -o FILE makes one".into()),
        }
        let whole: Whole = serde_json::from_slice(text).map_err(damaged)?;
        if crc32(&whole.runs)? != whole.runs_crc32 {
            return Err("damaged: its runs are not those that were written; make it again".into());
        }
        if let Some(fault) = whole.runs.iter().find_map(|recorded| fault(&recorded.run)) {
            return Err(format!("damaged: {fault}; make it again"));
        }
        Ok(Baseline { made_by: whole.made_by, kept: whole.selection, runs: whole.runs })
    }
}
