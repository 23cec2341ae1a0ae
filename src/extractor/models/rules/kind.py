"""The kind of a document: one vacancy, several, a template, an overview of a role, or something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.models.rules.layout import key_words

if TYPE_CHECKING:
    from extractor.models.rules.layout import Layout

_MAIN = frozenset(("responsibilities", "requirements", "benefits", "application"))
_ENOUGH = 4  # signs of a posting
_HEAD = 400  # characters


def kind_of(layout: Layout) -> str:
    """The kind of the document, by what its headings and cues say."""
    cues: dict[str, set[str]] = {"template": set(), "overview": set(), "other": set(), "vacancy": set()}
    for cue in layout.scan.cues:
        if cue.section == "kind":
            cues[cue.name].add(layout.text[cue.start : cue.end].casefold())
    if _several(layout):
        return "several"
    if _is_template(layout):
        return "template"
    if len(cues["overview"]) > 1:
        return "overview"
    sections = {line.section for line in layout.lines if line.kind == "heading"} & _MAIN
    labels = {line.label for line in layout.lines} - {None, "ignored"}
    said = sum(bool(layout.having("cue", name)) for name in ("hiring", "duty", "demand"))
    posting = 2 * len(sections) + len(labels) + said + min(len(cues["vacancy"]), _ENOUGH) - 3 * len(cues["other"])
    return "vacancy" if posting >= _ENOUGH else "other"


def _is_template(layout: Layout) -> bool:
    """Whether the text tells its reader to use it: at length, or at its head."""
    cues = [cue for cue in layout.scan.cues if (cue.section, cue.name) == ("kind", "template")]
    return any(cue.words > 2 or cue.start < _HEAD for cue in cues)


def _several(layout: Layout) -> bool:
    """Whether duties and demands come twice under the same headings."""
    headings: dict[tuple[str, ...], int] = {}
    for line in layout.lines:
        if line.kind == "heading" and line.section in ("responsibilities", "requirements"):
            words = key_words(layout.text[line.start : line.end])
            if layout.scan.name("headings", layout.scan.between(line.start, line.end)) == line.section:
                headings[words] = headings.get(words, 0) + 1
    return sum(count > 1 for count in headings.values()) > 1
