"""How sure a figure is: intervals by resampling documents.

The percentile bootstrap (Efron and Tibshirani 1993, chapter 13): as many documents as there are, drawn with
replacement, many times; an interval runs from the 2.5th to the 97.5th percentile of a figure over the draws.
Two runs are compared on the same draws (the paired bootstrap of Koehn 2004), so what is hard for both
cancels out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.errors import UsageError
from extractor.evaluation.scores import Scores, Spread, Tally, accuracies, scores_of, table

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray

RESAMPLES = 1_000
SEED = 20_260_101  # any number: fixed, so that the same counts always give the same intervals


def scores_with_intervals(counted: Tally, resamples: int = RESAMPLES, seed: int = SEED) -> Scores:
    """The scores of a tally with 95 % intervals over its documents."""
    draws = _draws(len(counted.documents), resamples, seed)
    figures = _percentiles(table(_summed(draws, counted.counts)))
    shares = _percentiles(accuracies(_summed(draws, counted.agreed)))
    return scores_of(counted, _where_drawing_matters(Spread(figures, shares), counted))


def difference_spread(a: Tally, b: Tally, resamples: int = RESAMPLES, seed: int = SEED) -> Spread:
    """The 95 % intervals of how much the figures of `b` are above those of `a`, from the same draws for both.

    Raises `UsageError` where the tallies are of different documents or schemas.
    """
    if (a.documents, a.fields, a.attributes) != (b.documents, b.fields, b.attributes):
        raise UsageError("two runs can be compared only over the same documents and the same schema.")
    draws = _draws(len(a.documents), resamples, seed)
    figures = [table(_summed(draws, tally.counts)) for tally in (a, b)]
    shares = [accuracies(_summed(draws, tally.agreed)) for tally in (a, b)]
    spread = Spread(_percentiles(figures[1] - figures[0]), _percentiles(shares[1] - shares[0]))
    return _where_drawing_matters(spread, a, b)


def _draws(documents: int, resamples: int, seed: int) -> NDArray[float64]:
    """How often each document is in each sample: [resamples, documents]."""
    import numpy as np

    if not documents:
        return np.zeros((resamples, 0))
    generator = np.random.default_rng(seed)
    shares = np.full(documents, 1 / documents)
    return generator.multinomial(documents, shares, size=resamples).astype(np.float64)


def _summed(draws: NDArray[float64], counts: NDArray[int64]) -> NDArray[float64]:
    """Counts of each document, [documents, …], summed over each sample, [resamples, …]."""
    import numpy as np

    summed: NDArray[float64] = np.tensordot(draws, counts, axes=1)
    return summed


def _where_drawing_matters(spread: Spread, *tallies: Tally) -> Spread:
    """Without the bounds of a field or an attribute that one document alone has: however it is drawn, it's the same."""
    import numpy as np

    fields = np.sum([tally.counts[..., :2].any(axis=-1) for tally in tallies], axis=0).astype(bool).sum(axis=0)
    attributes = np.sum([tally.agreed[..., 0] > 0 for tally in tallies], axis=0).astype(bool).sum(axis=0)
    figures, shares = spread.table.copy(), spread.accuracies.copy()
    figures[:, 2:][:, fields < 2] = np.nan
    shares[:, attributes < 2] = np.nan
    return Spread(figures, shares)


def _percentiles(samples: NDArray[float64]) -> NDArray[float64]:
    """[resamples, …] to [2, …]; samples in which a figure is undefined don't count."""
    import numpy as np

    defined = (~np.isnan(samples)).sum(axis=0)
    in_order = np.sort(samples, axis=0)  # NaN comes last
    found = []
    for share in (0.025, 0.975):
        place = share * np.maximum(defined - 1, 0)
        below = np.floor(place).astype(np.int64)
        above = np.minimum(below + 1, np.maximum(defined - 1, 0))
        low, high = (np.take_along_axis(in_order, rank[None], axis=0)[0] for rank in (below, above))
        found.append(low + (place - below) * (high - low))
    return np.stack(found)
