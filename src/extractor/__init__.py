"""Turns free-form job postings into validated, evidence-backed structured records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from extractor.documents import Document, Segment
    from extractor.errors import ExtractorError
    from extractor.extraction import Extractor
    from extractor.grounding import Grade, Span
    from extractor.models.usage import Usage
    from extractor.outcome import Extraction, Failure, Progress, Provenance, Unsupported
    from extractor.records.markers import Lifted, recomputed
    from extractor.records.posting import JobPosting
    from extractor.runs.inputs import postings
    from extractor.runs.outputs import to_arrow, to_pandas
    from extractor.runs.store import Store
    from extractor.settings import Settings

_HOMES = {
    "Document": "documents",
    "Segment": "documents",
    "ExtractorError": "errors",
    "Extraction": "outcome",
    "Extractor": "extraction",
    "Failure": "outcome",
    "Progress": "outcome",
    "Store": "runs.store",
    "postings": "runs.inputs",
    "Provenance": "outcome",
    "Unsupported": "outcome",
    "Grade": "grounding",
    "Span": "grounding",
    "Usage": "models.usage",
    "Lifted": "records.markers",
    "recomputed": "records.markers",
    "JobPosting": "records.posting",
    "Settings": "settings",
    "to_arrow": "runs.outputs",
    "to_pandas": "runs.outputs",
}

__all__ = [
    "Document",
    "Extraction",
    "Extractor",
    "ExtractorError",
    "Failure",
    "Grade",
    "JobPosting",
    "Lifted",
    "Progress",
    "Provenance",
    "Segment",
    "Settings",
    "Span",
    "Store",
    "Unsupported",
    "Usage",
    "postings",
    "recomputed",
    "to_arrow",
    "to_pandas",
]


def __getattr__(name: str) -> Any:
    """Imports a public name's room when it is first asked for: `extractor --help` pays for none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
