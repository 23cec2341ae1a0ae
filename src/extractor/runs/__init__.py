"""Many documents: where they come from, and a store of what was paid for that outlives the run."""

from __future__ import annotations

from extractor.runs.inputs import postings
from extractor.runs.store import Store

__all__ = ["Store", "postings"]
