"""What becomes of documents, told to the logger `extractor`: names, counts and errors, never a posting's text."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from extractor.documents import one_line
from extractor.outcome import Failure

if TYPE_CHECKING:
    from extractor.outcome import Extraction

_LOG = logging.getLogger("extractor")
_LOG.addHandler(logging.NullHandler())


def tell(outcome: Extraction[Any] | Failure) -> None:
    """A record for what became of a document, and one for each doubt about it.

    Each has an `event`, the document's `id` and `source`; the first also what was paid for it by this run.
    """
    if isinstance(outcome, Failure):
        source, said = one_line(outcome.source), str(outcome.error)
        facts = {
            "event": "document.failed",
            "id": outcome.id,
            "source": outcome.source,
            "error": type(outcome.error).__name__,
            "stored": outcome.stored,
            **asdict(outcome.paid),
        }
        _LOG.error("%s", said if source in said else f"{source}: {said}", extra=facts)
        return
    document = outcome.document
    source = one_line(document.source)
    whose = {"id": document.id, "source": document.source}
    for warning in outcome.warnings:
        _LOG.warning("%s: %s", source, warning, extra={"event": "document.warned", **whose})
    unsupported = len(outcome.unsupported)
    if unsupported:
        doubt = {"event": "document.doubted", "unsupported": unsupported}
        _LOG.warning("%s: %d values unsupported by the text", source, unsupported, extra=doubt | whose)
    if _LOG.isEnabledFor(logging.INFO):
        facts = {
            "event": "document.extracted",
            **whose,
            "facts": len(outcome.evidence),
            "unsupported": unsupported,
            "seconds": None if outcome.latency_s is None else round(outcome.latency_s, 3),
            "stored": outcome.stored,
            **asdict(outcome.paid),
        }
        _LOG.info("%s: %d facts", source, len(outcome.evidence), extra=facts)
