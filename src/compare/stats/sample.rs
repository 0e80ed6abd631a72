//! Numbers drawn from a seed, for permutations and for trials: `SplitMix64`
//! (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
//! generators"). It is five lines and fixed for good: an answer that rests on
//! drawn numbers must not change because a library changed its generator.

/// A stream of numbers that its seed determines.
#[derive(Clone, Debug)]
pub struct Sampler(u64);

impl Sampler {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Sampler {
        Sampler(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1, 53 bits of it.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `bound`; 0 if that is 0. The high half of a product
    /// (Lemire 2019), whose bias is below `bound` / 2^64.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.bits()) * bound as u128) >> 64) as usize
    }

    /// Puts the items into an order drawn evenly from all (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // the reference implementation's first numbers from seed 1234567
        let mut sampler = Sampler::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| sampler.bits()).collect();
        assert_eq!(
            first,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut sampler = Sampler::new(3);
        let count = 200_000;
        let (mut unit, mut normal, mut square, mut below) = (0.0, 0.0, 0.0, [0u32; 7]);
        for _ in 0..count {
            unit += sampler.unit();
            let drawn = sampler.normal();
            normal += drawn;
            square += drawn * drawn;
            below[sampler.below(7)] += 1;
        }
        let count = f64::from(count);
        assert!((unit / count - 0.5).abs() < 0.003);
        assert!((normal / count).abs() < 0.01 && (square / count - 1.0).abs() < 0.02);
        assert!(below.iter().all(|n| (f64::from(*n) / count - 1.0 / 7.0).abs() < 0.003));
        assert_eq!(sampler.below(0), 0);
    }

    #[test]
    fn a_shuffle_keeps_the_items_and_moves_each_everywhere() {
        let mut sampler = Sampler::new(5);
        let mut seen = [[0u32; 4]; 4];
        for _ in 0..8000 {
            let mut items = [0, 1, 2, 3];
            sampler.shuffle(&mut items);
            items.iter().enumerate().for_each(|(at, item)| seen[at][*item] += 1);
        }
        assert!(seen.iter().flatten().all(|n| (1850..2150).contains(n)), "{seen:?}");
    }
}
