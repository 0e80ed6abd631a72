//! `decode FILE`: inflates a gzip or zstd file and does nothing with the bytes:
//! the least that any reader of compressed captures must do, by the decoders
//! that this program uses, which were the fastest of those that build with a C
//! compiler alone.

use std::fs::File;
use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

const PIECE: usize = 256 << 10;

fn gzip(file: &mut File) -> io::Result<u64> {
    let (mut from, mut to) = (vec![0; PIECE], vec![0; PIECE]);
    let mut state = Decompress::new_gzip(15);
    loop {
        let have = file.read(&mut from)?;
        let mut used = 0;
        while used < have {
            let before = state.total_in();
            let status = state.decompress(&from[used..have], &mut to, FlushDecompress::None)?;
            used += (state.total_in() - before) as usize;
            if status == Status::StreamEnd {
                return Ok(state.total_out());
            }
        }
        if have == 0 {
            return Ok(state.total_out());
        }
    }
}

fn zstd(file: File) -> io::Result<u64> {
    let mut decoder = zstd::stream::read::Decoder::new(file)?;
    let (mut to, mut total) = (vec![0; PIECE], 0);
    loop {
        match decoder.read(&mut to)? {
            0 => return Ok(total),
            n => total += n as u64,
        }
    }
}

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let mut file = File::open(&path)?;
    let is_gzip = std::path::Path::new(&path).extension().is_some_and(|name| name == "gz");
    let bytes = if is_gzip { gzip(&mut file)? } else { zstd(file)? };
    println!("{bytes} bytes");
    Ok(())
}
