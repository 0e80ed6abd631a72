//! Numbers as Parquet packs them. Keys of dictionaries and levels are runs of equal ones
//! and packed pieces; numbers that differ little from one row to the next are what they
//! differ by, in blocks that take as many bits as the largest of theirs. The layout is
//! that of <https://parquet.apache.org/docs/file-format/data-pages/encodings/>.

use polars_parquet::parquet::encoding::{bitpacked, ceil8, uleb128};

/// Values that are packed together: whole bytes, whatever their width.
pub(super) const PIECE: usize = 1024;

/// Bits that keys up to `most` take.
pub(super) fn width_of(most: u64) -> usize {
    (u64::BITS - most.leading_zeros()) as usize
}

/// Writes keys of `width` bits: at most a piece of them, and whole eights unless they are
/// the last.
pub(super) fn keys(keys: &[u32], width: usize, out: &mut Vec<u8>) {
    let Some(first) = keys.first() else { return };
    if keys.iter().all(|key| key == first) {
        return run(keys.len(), *first, width, out);
    }
    piece(keys.len(), out);
    let bytes = ceil8(keys.len()) * width;
    let start = out.len();
    // room for whole packs, the last of which may have fewer keys
    out.resize(start + keys.len().next_multiple_of(32) / 8 * width, 0);
    bitpacked::encode(keys, width, &mut out[start..]);
    out.truncate(start + bytes);
}

/// Writes a run of equal keys.
pub(super) fn run(count: usize, key: u32, width: usize, out: &mut Vec<u8>) {
    number((count as u64) << 1, out);
    out.extend_from_slice(&key.to_le_bytes()[..ceil8(width)]);
}

/// Writes how many packed keys follow; there are eight of them in every so many bytes as
/// a key has bits.
pub(super) fn piece(count: usize, out: &mut Vec<u8>) {
    number((ceil8(count) as u64) << 1 | 1, out);
}

/// Writes bits, the lowest of a byte first; whole eights unless they are the last.
pub(super) fn bits(bits: &[bool], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + ceil8(bits.len()), 0);
    let (eights, rest) = bits.as_chunks::<8>();
    for (to, eight) in out[start..].iter_mut().zip(eights) {
        *to = byte(*eight);
    }
    if let Some(last) = out.last_mut().filter(|_| !rest.is_empty()) {
        let mut eight = [false; 8];
        eight[..rest.len()].copy_from_slice(rest);
        *last = byte(eight);
    }
}

/// Eight bits as a byte.
#[inline]
fn byte(bits: [bool; 8]) -> u8 {
    let mut byte = 0;
    for (at, bit) in bits.iter().enumerate() {
        byte |= u8::from(*bit) << at;
    }
    byte
}

/// Differences of a block.
const BLOCK: usize = 128;
/// Those that are packed with the same width.
const PACK: usize = 64;

/// Writes numbers as what each differs from the one before (`DELTA_BINARY_PACKED`).
pub(super) fn differences(values: &[i64], out: &mut Vec<u8>) {
    number(BLOCK as u64, out);
    number((BLOCK / PACK) as u64, out);
    number(values.len() as u64, out);
    let Some(first) = values.first() else { return number(0, out) };
    signed(*first, out);
    for (before, block) in values.chunks(BLOCK).zip(values[1..].chunks(BLOCK)) {
        let mut differences = [0i64; BLOCK];
        for ((difference, value), before) in differences.iter_mut().zip(block).zip(before) {
            *difference = value.wrapping_sub(*before);
        }
        write_block(&differences, block.len(), out);
    }
}

/// Writes a block, of which so many differences are there.
fn write_block(differences: &[i64; BLOCK], count: usize, out: &mut Vec<u8>) {
    let least = differences[..count].iter().copied().fold(i64::MAX, i64::min);
    let mut above = [0u64; BLOCK];
    for (above, difference) in above.iter_mut().zip(&differences[..count]) {
        *above = difference.wrapping_sub(least).cast_unsigned();
    }
    signed(least, out);
    let (packs, _) = above.as_chunks::<PACK>();
    let width = |pack: &[u64; PACK]| width_of(pack.iter().fold(0, |bits, above| bits | above));
    out.extend(packs.iter().map(|pack| width(pack) as u8));
    for pack in &packs[..count.div_ceil(PACK)] {
        let (start, width) = (out.len(), width(pack));
        if width > 0 {
            out.resize(start + PACK / 8 * width, 0);
            bitpacked::encode(pack, width, &mut out[start..]);
        }
    }
}

/// Writes a number in groups of seven bits.
fn number(value: u64, out: &mut Vec<u8>) {
    let mut room = [0; 10];
    let length = uleb128::encode(value, &mut room);
    out.extend_from_slice(&room[..length]);
}

/// Writes a number with a sign, which becomes the lowest bit.
fn signed(value: i64, out: &mut Vec<u8>) {
    number((value << 1 ^ value >> 63).cast_unsigned(), out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars_parquet::parquet::encoding::hybrid_rle::HybridRleDecoder;

    #[test]
    fn bits_lie_in_their_order() {
        let given: Vec<bool> =
            (0u32..61).map(|at| at.wrapping_mul(0x9E37_79B9) >> 30 > 1).collect();
        let mut out = Vec::new();
        bits(&given, &mut out);
        assert_eq!(out.len(), 8);
        for (at, bit) in given.iter().enumerate() {
            assert_eq!(out[at / 8] >> (at % 8) & 1 == 1, *bit, "bit {at}");
        }
    }

    #[test]
    fn keys_are_read_back_as_they_were() {
        for count in [1, 7, 8, 31, 33, 1023, PIECE] {
            for most in [0u32, 1, 2, 300, u32::MAX] {
                let given: Vec<u32> = (0..count as u32)
                    .map(|at| at.wrapping_mul(0x9E37_79B9) % most.max(1))
                    .collect();
                let (width, mut out) = (width_of(u64::from(most)), Vec::new());
                keys(&given, width, &mut out);
                let found = HybridRleDecoder::new(&out, width as u32, count).collect();
                assert_eq!(found.unwrap(), given, "{count} up to {most}");
            }
        }
    }
}
