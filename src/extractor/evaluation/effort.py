"""What a run took, and what its facts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from extractor.grounding import Grade
from extractor.models.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from extractor.evaluation.predictions import Prediction

Percentile = Literal["p50", "p90", "p99"]


class Effort(BaseModel):
    """Of a run over `documents` documents, `failed` of which have no record.

    `grades` are the shares of facts by the weakest grade of their evidence; those that left the record
    count as unsupported. Requests (re-asks and failed attempts included), tokens and `cost_usd` are means
    per document with a known usage; `cost_usd` is None where a price isn't known. `latency_s` are
    percentiles, in seconds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: int
    failed: int
    grades: dict[Grade, float]
    requests: float | None
    input_tokens: float | None
    cached_tokens: float | None
    output_tokens: float | None
    cost_usd: float | None
    latency_s: dict[Percentile, float] | None


def effort_of(predictions: Collection[Prediction]) -> Effort:
    """What these predictions took."""
    graded = [grade for prediction in predictions for grade in _grades(prediction)]
    # only a run that merges has facts of that grade
    known = [grade for grade in Grade if grade is not Grade.PUBLISHED or grade in graded]
    usages = [prediction.usage for prediction in predictions if prediction.usage]
    total = sum(usages, Usage())

    def mean(amount: float | None) -> float | None:
        return amount / len(usages) if usages and amount is not None else None

    return Effort(
        documents=len(predictions),
        failed=sum(prediction.record is None for prediction in predictions),
        grades={grade: graded.count(grade) / len(graded) for grade in known} if graded else {},
        requests=mean(total.requests),
        input_tokens=mean(total.input_tokens),
        cached_tokens=mean(total.cached_tokens),
        output_tokens=mean(total.output_tokens),
        cost_usd=mean(total.cost_usd),
        latency_s=_percentiles([p.latency_s for p in predictions if p.latency_s is not None]),
    )


def _grades(prediction: Prediction) -> Iterator[Grade]:
    order = list(Grade)
    for spans in (prediction.evidence or {}).values():
        yield max((span.grade for span in spans), key=order.index, default=Grade.UNSUPPORTED)
    yield from (Grade.UNSUPPORTED for _ in prediction.unsupported)


def _percentiles(waits: list[float]) -> dict[Percentile, float] | None:
    import numpy as np

    if not waits:
        return None
    p50, p90, p99 = (float(wait) for wait in np.percentile(waits, (50, 90, 99)))
    return {"p50": p50, "p90": p90, "p99": p99}
