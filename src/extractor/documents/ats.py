"""Jobs as the APIs of applicant-tracking systems and job services give them, told by their fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from extractor.documents.assembled import Part, assembled
from extractor.documents.fields import day, said, spaced
from extractor.documents.shapes import SHAPES
from extractor.documents.tags import ESCAPED_TAG, TAG, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from extractor.documents.blocks import Block
    from extractor.documents.shapes import Shape

MEDIA_TYPE = "application/json"

_TITLES = ("title", "name", "headline", "jobTitle", "job_title", "position", "positionTitle")
_BODIES = ("description", "text", "content", "body", "descriptionHtml", "description_html", "jobDescription")
_WRAPPERS = ("jobs", "offers", "postings", "results", "hits", "data", "items", "vacancies", "positions", "content")
_IDS = ("id", "uuid", "shortcode", "slug", "PositionID", "reference", "externalId")
_NAMES = frozenset(["name", "label", "value", "text", "display name"])
_LONG = 200  # characters; what is shorter, and holds no markup, is a fact
_MARGIN = 100  # characters of white space before it
_DEEPEST = 3  # objects within objects that may hold facts


def parsed(text: str) -> Any:
    """JSON's object or list in `text`; None where it is none."""
    if text[:_MARGIN].lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def objects(data: Any) -> list[dict[str, Any]]:
    """The jobs in a reply, each as it stands there: one, those of a list, or those wrapped as `{"jobs": […]}` and
    the like; none where it holds none."""
    if isinstance(data, dict):
        job = data.get("MatchedObjectDescriptor", data)
        if isinstance(job, dict) and is_job(job):
            return [job]
        inner = data.get("SearchResult", data)
        if not isinstance(inner, dict):
            return []
        lists = [inner.get(name) for name in ("SearchResultItems", *_WRAPPERS)]
        held = next((found for found in lists if isinstance(found, list)), None)
        if held is None:
            return next((objects(one) for name in ("job", "data") if isinstance(one := inner.get(name), dict)), [])
        data = held
    if not isinstance(data, list):
        return []
    jobs = [item.get("MatchedObjectDescriptor", item) for item in data if isinstance(item, dict)]
    return [job for job in jobs if isinstance(job, dict) and is_job(job)]


def is_job(data: dict[str, Any]) -> bool:
    """Whether an object is a job: of an API known here, or one with a title and a description."""
    if _shape(data):
        return True
    return _first(data, _TITLES) is not None and _first(data, _BODIES) is not None


def is_of_api(data: dict[str, Any]) -> bool:
    """Whether an object has the fields of an API that is known here."""
    return _shape(data) is not None


def job_id(job: dict[str, Any]) -> str | None:
    """What the reply calls a job."""
    found = next((job[name] for name in _IDS if isinstance(job.get(name), str | int) and str(job[name]).strip()), None)
    return None if found is None else str(found).encode(errors="backslashreplace").decode()


def read_job(job: dict[str, Any]) -> tuple[str, Callable[[], list[Block]], list[str]]:
    """The text that a person would be shown of a job, what finds its blocks, and warnings.

    Its facts are lines such as "Location: Malmö, Sverige", then come its passages, from HTML or text.
    """
    shape = _shape(job)
    return assembled(_of_shape(job, shape) if shape else _of_any(job))


def _shape(job: dict[str, Any]) -> Shape | None:
    names = job.keys()
    return next((shape for shape in SHAPES if names >= shape.all_of and not shape.any_of.isdisjoint(names)), None)


def _first(data: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The first of these fields that holds text."""
    return next((name for name in names if _text(data.get(name))), None)


def _text(value: Any) -> str:
    """A text, or the one in an object that gives it in several forms; else ""."""
    if isinstance(value, dict):
        value = next((value[form] for form in ("html", "text", "plain", "name") if value.get(form)), "")
    return value if isinstance(value, str) and value.strip() else ""


def _of_shape(job: dict[str, Any], shape: Shape) -> Iterator[Part]:
    for label, find in shape.facts:
        found = [say for value in find(job) if (say := said(value))]
        if found:
            yield Part("fact", f"{label}: {', '.join(dict.fromkeys(found))}")
    for name, value in shape.named(job):
        yield Part("fact", f"{name}: {value}")
    for heading, content in shape.passages(job):
        if heading:
            yield Part("heading", heading)
        yield _passage(content)


def _passage(content: str) -> Part:
    """HTML where it holds tags, be they escaped, else text."""
    if "<" in content and TAG.search(content):
        return Part("html", content)
    if "&lt;" in content and ESCAPED_TAG.search(content):
        return Part("html", unescaped(content))
    return Part("text", content)


def _of_any(job: dict[str, Any]) -> Iterator[Part]:
    title, body = _first(job, _TITLES), _first(job, _BODIES)
    passages: list[tuple[str, str]] = []
    yield Part("fact", f"Title: {_text(job[title or ''])}")
    yield from _facts({name: value for name, value in job.items() if name not in (title, body)}, "", 0, passages)
    yield _passage(_text(job[body or ""]))
    for name, content in passages:
        yield Part("heading", spaced(name).capitalize())
        yield _passage(content)


def _facts(data: dict[str, Any], within: str, depth: int, passages: list[tuple[str, str]]) -> Iterator[Part]:
    """The facts of an object; what is too long for one, or markup, goes to `passages`, under its field's name."""
    for name, value in data.items():
        if name.startswith("@"):
            continue  # JSON-LD's own
        if isinstance(value, dict):
            if depth < _DEEPEST:
                yield from _facts(value, name, depth + 1, passages)
            continue
        texts = [text for item in (value if isinstance(value, list) else [value]) if (text := _item(item))]
        content = "\n".join(texts)
        if "://" not in content and (len(content) > _LONG or TAG.search(content) or ESCAPED_TAG.search(content)):
            passages.append((name, content))
        elif content:
            yield Part("fact", f"{_label(within, name)}: {', '.join(map(day, texts))}")


def _label(within: str, name: str) -> str:
    """What a field is called, that of an object within another by both their names."""
    outer, inner = spaced(within).lower(), spaced(name).lower()
    if not outer or outer in inner:
        return inner.capitalize()
    return (outer if inner in _NAMES else f"{outer} {inner}").capitalize()


def _item(item: Any) -> str:
    return said(item.get("name", item.get("label"))) if isinstance(item, dict) else said(item)
