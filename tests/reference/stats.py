#!/usr/bin/env python3
"""The statistics of src/compare/stats, computed by numpy and scipy.

Writes stats.json beside itself: for each subject its inputs and what scipy
says. tests/it/stats.rs holds the crate's own answers against that file.

    python3 -m venv v && v/bin/pip install numpy==2.* scipy==1.* && v/bin/python tests/reference/stats.py
"""

import itertools
import json
import pathlib
from fractions import Fraction

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(20261126)


def student():
    freedoms = [1, 1.5, 2, 3, 4.7, 8, 12, 19, 27.3, 38, 100, 200]
    points = [0, 1e-9, 1e-4, 0.3, 1, 1.96, 2.5, 4, 7, 12, 40, 1000]
    tails = [0.5, 0.4, 0.1, 0.025, 0.005, 1e-4, 1e-6, 1e-9, 1e-12]
    return {
        "cdf": [[t, df, stats.t.cdf(t, df)] for df in freedoms for p in points for t in (p, -p)],
        "two_sided": [[t, df, 2 * stats.t.sf(t, df)] for df in freedoms for t in points],
        "quantile": [[p, df, stats.t.ppf(p, df)] for df in freedoms for p in tails],
    }


def log_mean_variance(counts, sums):
    counts, sums = np.array(counts, float), np.array(sums)
    mean = sums.sum() / counts.sum()
    number = len(counts)
    # the delta method on the two totals, with the blocks' covariance matrix
    covariance = number * np.cov(sums, counts, ddof=1)
    slope = np.array([1 / sums.sum(), -1 / counts.sum()])
    return np.log(mean), slope @ covariance @ slope


def interval():
    cases = []
    for blocks, spread in ((20, 0.1), (20, 0.9), (17, 0.4)):
        sides = []
        for level in (3000, 4500):
            counts = rng.integers(90, 111, blocks).tolist()
            sums = [n * level * np.exp(spread * rng.normal()) for n in counts]
            sides.append([counts, sums])
        (base, base_v), (new, new_v) = (log_mean_variance(*side) for side in sides)
        se = np.sqrt(base_v + new_v)
        low, high = stats.t.interval(0.95, blocks - 1, loc=new - base, scale=se)
        expected = [np.exp(new - base), np.exp(low), np.exp(high), se, blocks - 1]
        cases.append({"base": sides[0], "new": sides[1], "expected": expected})
    return cases


def moderated():
    cases = []
    for n, m, calls in ((3, 3, 9), (5, 4, 6), (3, 3, 1)):
        band = np.log(1.05)
        runs, within = [], []
        for _ in range(calls):
            shift = 0.4 * rng.normal()
            runs.append([(8 + 0.1 * rng.normal(size=n)).tolist(), (8 + shift + 0.1 * rng.normal(size=m)).tolist()])
            within.append((0.08 * rng.random(n + m)).__pow__(2).tolist())
        df = n + m - 2
        variance = []
        for (base, new), own in zip(runs, within):
            fit = stats.ttest_ind(new, base)
            pooled = ((np.mean(new) - np.mean(base)) / fit.statistic) ** 2 / (1 / n + 1 / m)
            variance.append(max(pooled, np.mean(own)))
        prior, prior_df = np.median(variance), 4 if calls > 1 else 0
        rows = []
        for (base, new), v in zip(runs, variance):
            d = np.mean(new) - np.mean(base)
            se = np.sqrt((prior_df * prior + df * v) / (prior_df + df) * (1 / n + 1 / m))
            p = min(1, 2 * stats.t.sf((abs(d) - band) / se, df + prior_df))
            rows.append([d, se, df + prior_df, p])
        p = np.array([row[3] for row in rows])
        order = np.argsort(p)
        step = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
        adjusted = np.empty_like(p)
        adjusted[order] = step
        cases.append({"band": band, "runs": runs, "within": within,
                      "expected": [row + [a] for row, a in zip(rows, adjusted.tolist())]})
    return cases


def rank():
    cases = []
    for n, m, kinds in ((3, 3, 100), (4, 4, 6), (5, 5, 100), (2, 7, 4), (6, 8, 12), (10, 10, 1000)):
        base, new = rng.integers(0, kinds, n), rng.integers(kinds // 5, kinds + kinds // 3, m)
        both = np.concatenate([base, new])
        ranks = 2 * stats.rankdata(both)
        chosen = np.fromiter(itertools.chain.from_iterable(itertools.combinations(range(n + m), m)), int)
        sums = ranks[chosen.reshape(-1, m)].sum(axis=1)
        far = np.abs(sums - m * (n + m + 1)) >= abs(ranks[n:].sum() - m * (n + m + 1))
        p = far.mean()
        if len(set(both.tolist())) == n + m:  # scipy's exact method holds without ties only
            assert abs(p - stats.mannwhitneyu(base, new, method="exact").pvalue) < 1e-12
        cases.append({"base": base.tolist(), "new": new.tolist(), "p": p})
    return cases


def effect():
    cases = []
    shares = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999]
    # the first below 128 ns, where buckets hold one value; the others in the field's range
    for scale, factor, spread in ((30, 1.3, 0.3), (3000, 1.5, 0.6), (700, 40, 1.2)):
        base = (scale * np.exp(spread * rng.normal(size=400))).astype(int)
        new = (scale * factor * np.exp(spread * rng.normal(size=300))).astype(int)
        if scale == 30:
            base, new = np.minimum(base, 127), np.minimum(new, 127)
        above = stats.mannwhitneyu(new, base).statistic
        quantile = lambda side: np.quantile(side, shares, method="inverted_cdf").tolist()
        cases.append({
            "base": base.tolist(), "new": new.tolist(), "exact": scale == 30,
            "delta": 2 * above / (len(base) * len(new)) - 1,
            "wasserstein": stats.wasserstein_distance(base, new),
            "base_quantiles": quantile(base), "new_quantiles": quantile(new),
        })
    return cases


def decompose():
    cases = []
    for _ in range(6):
        sides = []
        for _ in range(2):
            span = int(rng.integers(10**9, 10**10))
            groups = [[g, int(rng.integers(1, 9000)), int(rng.integers(1, 10**9))]
                      for g in range(4) if rng.random() < 0.8]
            sides.append([span, groups])
        parts = [Fraction(0)] * 3
        figures = []
        for span, groups in sides:
            count = sum(g[1] for g in groups)
            figures.append((Fraction(count, span),
                            {g: (Fraction(n, count), Fraction(t, n)) for g, n, t in groups}))
        (r0, g0), (r1, g1) = figures
        m0, m1 = (sum((p * m for p, m in g.values()), Fraction(0)) for g in (g0, g1))
        assert g0 and g1
        parts[0] = (r1 - r0) * (m0 + m1) / 2
        for g in set(g0) | set(g1):
            p0, a0 = g0.get(g, (0, None))
            p1, a1 = g1.get(g, (0, None))
            a0, a1 = a1 if a0 is None else a0, a0 if a1 is None else a1
            parts[1] += (r0 + r1) / 2 * (p0 + p1) / 2 * (a1 - a0)
            parts[2] += (r0 + r1) / 2 * (p1 - p0) * (a0 + a1) / 2
        assert sum(parts) == r1 * m1 - r0 * m0
        cases.append({"base": sides[0], "new": sides[1],
                      "parts": [f"{p.numerator}/{p.denominator}" for p in parts]})
    return cases


def predict():
    cases = []
    for k, own in ((3, 0.05), (5, 0.2), (12, 0.01)):
        logs = (8 + 0.1 * rng.normal(size=k)).tolist()
        within = [own**2] * k
        scale = np.sqrt(max(np.var(logs, ddof=1), own**2) * (1 + 1 / k))
        low, high = stats.t.interval(0.95, k - 1, loc=np.mean(logs), scale=scale)
        cases.append({"logs": logs, "within": within, "expected": [np.mean(logs), low, high]})
    return cases


answers = {"made_with": f"numpy {np.__version__}, scipy {scipy.__version__}"}
for subject in (student, interval, moderated, rank, effect, decompose, predict):
    answers[subject.__name__] = subject()
plain = lambda value: value.item() if isinstance(value, np.generic) else str(value)
lines = [f"{json.dumps(key)}: {json.dumps(value, default=plain)}" for key, value in answers.items()]
path = pathlib.Path(__file__).with_name("stats.json")
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
