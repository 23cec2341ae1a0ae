"""What a page publishes about itself: schema.org's words to a partial record, held against what the text says."""

from __future__ import annotations

from extractor.published.reading import from_jsonld
from extractor.published.reconciling import Verdict, merged, reconcile, stated

__all__ = ["Verdict", "from_jsonld", "merged", "reconcile", "stated"]
