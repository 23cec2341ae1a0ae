"""The built-in rules: a whole `JobPosting` without a language model, from headings, cues and recognisers."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from extractor.documents import Document
    from extractor.models.base import Reply, Request

__all__ = ["Rules", "fill"]

# The fields of the record; naming them here spares a first posting the import of pydantic.
_SINGLE = (
    *("kind", "language", "title", "reference", "employer", "workplace", "seniority", "openings", "hours_per_week"),
    *("start", "duration_months", "salary", "posted_on", "apply_by"),
)
_LISTS = (
    *("locations", "employment_types", "experience", "education", "skills", "languages", "certifications"),
    *("conditions", "responsibilities", "benefits", "contacts", "apply_urls", "application_documents", "placeholders"),
)


def fill(document: Document) -> dict[str, Any]:
    """The answer to the answer schema of `JobPosting`: every field, each fact with `at`, its segments' numbers."""
    from extractor.models.rules.applying import applying, placeholders
    from extractor.models.rules.cues import lexicon
    from extractor.models.rules.duties import duties
    from extractor.models.rules.employer import employer_of
    from extractor.models.rules.kind import kind_of
    from extractor.models.rules.layout import Layout
    from extractor.models.rules.profile import Profile
    from extractor.models.rules.sites import locations
    from extractor.models.rules.terms import terms
    from extractor.models.rules.title import reference_of, title_of
    from extractor.recognise.languages import detect_language
    from extractor.recognise.vocabulary import languages
    from extractor.recognise.words import words_of

    words = words_of(document.text)
    language = detect_language(document.text) or "en"
    # a posting in a language without a vocabulary may still have English labels, addresses and dates
    layout = Layout(words, document.segments, lexicon(language if language in languages() else "en"))
    whole = [layout.lines[0].number if layout.lines else 0]
    kind = kind_of(layout)
    answer: dict[str, Any] = {**dict.fromkeys(_SINGLE), **{name: [] for name in _LISTS}}
    answer["kind"] = {"value": kind, "at": whole}
    answer["language"] = {"value": language, "at": whole}
    answer["placeholders"] = placeholders(layout)
    if kind not in ("several", "other"):
        answer["locations"] = places = locations(layout)
        answer["title"] = title = title_of(layout, places)
        answer["reference"] = reference_of(layout)
        answer["employer"] = employer = employer_of(layout, title)
        answer["responsibilities"], answer["benefits"] = duties(layout)
        named = [title and title["value"], employer and employer["name"], *(place["city"] for place in places)]
        answer |= terms(layout, title) | Profile(layout, filter(None, named)).read() | applying(layout)
    return answer


class Rules:
    """Answers requests for a `JobPosting` by the rules; keeps the `Model` protocol."""

    name = "rules"
    repeats = True
    fingerprint = ""

    async def answer(self, request: Request) -> Reply:
        """The facts that the rules find."""
        from extractor.models.base import Reply

        answer = request.schema.response_model.model_validate(fill(request.document))
        return Reply(claims=tuple(request.schema.claims(answer, request.document)))

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Nothing to connect to."""
        yield
