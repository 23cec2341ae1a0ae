"""How good is it: gold, alignment, scores with their intervals, mistakes, run against run."""

from __future__ import annotations

from extractor.evaluation.compare import Comparison, compare
from extractor.evaluation.errors import Mistake, Suspicion, by_field
from extractor.evaluation.gold import GoldDocument, gold_from_pages, load_gold, only_stated
from extractor.evaluation.predictions import Prediction, load_predictions
from extractor.evaluation.runs import Run, evaluate, figure_at, likely_gold_errors, load_run, save
from extractor.evaluation.scores import Scores, score

__all__ = [
    "Comparison",
    "GoldDocument",
    "Mistake",
    "Prediction",
    "Run",
    "Scores",
    "Suspicion",
    "by_field",
    "compare",
    "evaluate",
    "figure_at",
    "gold_from_pages",
    "likely_gold_errors",
    "load_gold",
    "load_predictions",
    "load_run",
    "only_stated",
    "save",
    "score",
]
