"""The record of a text against what its page publishes, fact by fact; and the one filled from the other."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import BaseModel

from extractor.grounding import Grade, Span
from extractor.records.markers import unwrapped
from extractor.records.plain import without_gender
from extractor.records.posting import JobPosting, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Partial = Mapping[str, Any]
    # whether two values say the same; None where they can't be compared, or where both may be true
    Same = Callable[[Any, Any], bool | None]
    Evidence = Mapping[str, tuple[Span, ...]]

PUBLISHED = Span(0, 0, Grade.PUBLISHED)
"""The evidence of what the text leaves open and the page states: no place in the text."""

_WORD = re.compile(r"[^\W_]+[+#]*")
# the ending of "Entwickler:in", "Lehrer/-in", "Arzt (in)"
_FEMALE = re.compile(r"(?<=[a-zäöüß])\s?[:/*_(]-?in(?:nen)?\b\)?")
_LEGAL_FORMS = frozenset(
    re.findall(
        r"\w+",
        """ab ag aps as asa bv bvba co corp corporation ek ev gbr gmbh inc kg kgaa limited llc llp ltd mbh nv ohg oy oyj
        plc publ sa sarl sas se sl slu spa sprl srl stiftung ug vof""",
    )
)
_DAY = re.compile(r"\d{4}-\d\d(?:-\d\d)?\Z")
_ROUNDED = 1e-3  # of an amount: what rounding may make of it
_MONTHS = 12  # pay by the month and by the year are compared


Kinds = Literal["agree", "conflict", "only_page", "only_text"]
_KINDS: dict[bool | None, Kinds] = {True: "agree", False: "conflict", None: "only_text"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a fact of the text's record stands to what the page publishes; `page` is what that is.

    `conflict`: both state the same thing differently. `only_text` with a `page`: the page states something that can't
    be compared with it, such as a date where the text says "immediately". `only_page`: the text leaves it open.
    """

    kind: Kinds
    page: Any = None


def reconcile(record: Partial, published: Partial) -> dict[str, Verdict]:
    """A verdict by JSON Pointer for each fact of a `JobPosting` or of the partial record that its page publishes.

    Both in JSON's types. Facts that schema.org has no words for have none. What the page lists beyond the text's items
    stands in one verdict, under the list's end ("/skills/-"). Fields are compared as a reader would: titles and names
    without gender marks and legal forms, where one may say more than the other; places by city, country where both
    have it; pay by amount, period and currency where both have them; items of lists by what they share, and as
    a conflict only where each side has but one.
    """
    found: dict[str, Verdict] = {}
    for name, same in _FACTS.items():
        text, page = record.get(name), published.get(name)
        if text is not None and page is not None:
            found[f"/{name}"] = Verdict(_KINDS[same(text, page)], page)
        elif text is not None or page is not None:
            found[f"/{name}"] = Verdict("only_page" if text is None else "only_text", page)
    for name, same in _ITEMS.items():
        found |= _items(name, record.get(name) or [], published.get(name) or [], same)
    return found


def stated(record: Partial, evidence: Evidence) -> Partial:
    """The record without the facts that were filled from the page whole: what the text states."""
    alone = {pointer for pointer, spans in evidence.items() if spans == (PUBLISHED,)}
    return {
        name: [item for place, item in enumerate(value) if f"/{name}/{place}" not in alone]
        if isinstance(value, list)
        else None
        if f"/{name}" in alone
        else value
        for name, value in record.items()
    }


def merged(
    record: JobPosting, evidence: Evidence, published: Partial
) -> tuple[JobPosting, dict[str, tuple[Span, ...]]]:
    """The record with what the text leaves open filled from its page, and the evidence with what was filled marked.

    Filled are facts that the text doesn't state, empty lists, and the open parts of objects that agree. A conflict
    stays as the text has it. Items that lack what the record needs of them (a skill without its type) aren't taken.
    """
    if record.kind in (Kind.SEVERAL, Kind.OTHER):
        return record, dict(evidence)
    facts = record.model_dump(mode="json")
    verdicts = reconcile(facts, published)
    proofs = dict(evidence)
    for name, page in published.items():
        text, part = facts[name], _part(name)
        if text is None:
            facts[name] = _completed(part, page)
            proofs[f"/{name}"] = (PUBLISHED,)
        elif text == []:
            facts[name] = [item for item in (_completed(part, one) for one in page) if item is not None]
            proofs |= {f"/{name}/{place}": (PUBLISHED,) for place in range(len(facts[name]))}
    for pointer, verdict in verdicts.items():
        _, name, *place = pointer.split("/")
        if verdict.kind == "agree" and isinstance(verdict.page, dict):
            fact = facts[name][int(place[0])] if place else facts[name]
            open_parts = {key: value for key, value in verdict.page.items() if fact[key] in (None, [])}
            # by the year and by the month the same pay is said in other figures
            if open_parts and fact.get("period") in (None, verdict.page.get("period")):
                fact |= open_parts
                proofs[pointer] = (*proofs.get(pointer, ()), PUBLISHED)
    return JobPosting.model_validate_json(orjson.dumps(facts)), proofs


def _items(name: str, text: list[Any], page: list[Any], same: Same) -> dict[str, Verdict]:
    """Each item of the text with the one of the page that says the same, those first that share most."""
    said = {(i, j): same(one, other) for i, one in enumerate(text) for j, other in enumerate(page)}
    matches: dict[int, int] = {}
    for i, j in sorted(
        (pair for pair, is_same in said.items() if is_same), key=lambda p: -_shared(text[p[0]], page[p[1]])
    ):
        if i not in matches and j not in matches.values():
            matches[i] = j
    kinds: dict[int, Kinds] = dict.fromkeys(matches, "agree")
    # of several, which one another would contradict is a guess; but nobody works full time and part time
    if len(text) == len(page) == 1 or name == "employment_types":
        for (i, j), is_same in said.items():
            if is_same is False and i not in matches and j not in matches.values():
                matches[i], kinds[i] = j, "conflict"
    found = {
        f"/{name}/{i}": Verdict(kinds[i], page[matches[i]]) if i in matches else Verdict("only_text")
        for i in range(len(text))
    }
    left = [item for j, item in enumerate(page) if j not in matches.values()]
    return found | ({f"/{name}/-": Verdict("only_page", left)} if left else {})


def _shared(text: Any, page: Any) -> int:
    """How many letters two items have in equal parts."""
    if not isinstance(text, dict):
        return len(text) if text == page else 0
    return sum(len(str(part)) for key, part in page.items() if text.get(key) == part)


def _part(name: str) -> type[BaseModel] | None:
    """The class of a field's objects or items."""
    _, types, _ = unwrapped(JobPosting.model_fields[name].annotation)
    inner = unwrapped(getattr(types[0], "__args__", (types[0],))[0])[1][0]
    return inner if issubclass(inner, BaseModel) else None


def _completed(part: type[BaseModel] | None, value: Any) -> Any:
    """An object with what it leaves open as None, [] or False; None where it leaves open what may not be."""
    if part is None:
        return value
    whole = {}
    for name, field in part.model_fields.items():
        _, types, nullable = unwrapped(field.annotation)
        if name in value:
            whole[name] = value[name]
        elif nullable:
            whole[name] = None
        elif types[0] is bool:
            whole[name] = False
        elif getattr(types[0], "__origin__", None) is list:
            whole[name] = []
        else:
            return None
    return whole


def _equal(text: Any, page: Any) -> bool | None:
    return bool(text == page)


def _same_title(text: str, page: str) -> bool | None:
    return _contain(*(_words(_FEMALE.sub(" ", without_gender(title).casefold())) for title in (text, page)))


def _same_reference(text: str, page: str) -> bool | None:
    # an employer and a board number a vacancy each in its own way: others aren't wrong
    return _contain(_words(text), _words(page)) or None


def _same_employer(text: Partial, page: Partial) -> bool | None:
    if text.get("name") and page.get("name"):
        return _contain(_company(text["name"]), _company(page["name"]))
    shared = [
        _host(text["website"]) == _host(page["website"]) if text.get("website") and page.get("website") else False,
        _overlap(text["industry"], page["industry"]) if text.get("industry") and page.get("industry") else False,
    ]
    return True if any(shared) else None


def _same_place(text: Partial, page: Partial) -> bool | None:
    if text.get("country") and page.get("country") and text["country"] != page["country"]:
        return False
    if text.get("postal_code") and _squeezed(text["postal_code"]) == _squeezed(page.get("postal_code") or ""):
        return True
    # a city that is a state stands as one or the other
    names, others = ([_words(side[name]) for name in ("city", "region") if side.get(name)] for side in (text, page))
    if any(_contain(name, other) for name in names for other in others):
        return True
    if text.get("city") and page.get("city"):
        return False
    return True if text.get("country") and page.get("country") and not (names and others) else None


def _same_employment(text: str, page: str) -> bool | None:
    if text == page or (text == "fixed_term" and page == "temporary"):  # Google has one word for both
        return True
    return False if {text, page} == {"full_time", "part_time"} else None


def _same_bounds(text: Partial, page: Partial, by: float = 1.0) -> bool | None:
    both = [name for name in ("min", "max") if text.get(name) is not None and page.get(name) is not None]
    alike = [math.isclose(text[name], page[name] * by, rel_tol=_ROUNDED) for name in both]
    return all(alike) if alike else None


def _same_salary(text: Partial, page: Partial) -> bool | None:
    currencies, periods = ([side.get(name) for side in (text, page)] for name in ("currency", "period"))
    if all(currencies) and currencies[0] != currencies[1]:
        return False
    if all(periods) and periods[0] != periods[1]:
        by = {("month", "year"): 1 / _MONTHS, ("year", "month"): _MONTHS}.get(tuple(periods))  # type: ignore[arg-type]
        return None if by is None else _same_bounds(text, page, by)
    same = _same_bounds(text, page)
    if same is False and not all(periods):  # whose figures may be those of different periods
        return None
    return True if same is None and all(currencies) else same


def _same_start(text: str, page: str) -> bool | None:
    if _DAY.match(text) and _DAY.match(page):
        return text.startswith(page) or page.startswith(text)
    return text.casefold() == page.casefold() or None


def _same_experience(text: Partial, page: Partial) -> bool | None:
    named = bool(text.get("area") and page.get("area"))
    if named and not _overlap(text["area"], page["area"]):
        return None
    if text.get("min_years") is not None and page.get("min_years") is not None:
        return math.isclose(text["min_years"], page["min_years"], rel_tol=_ROUNDED * 10)
    return True if named else None


def _same_schooling(text: Partial, page: Partial) -> bool | None:
    if text.get("level") and page.get("level"):
        return bool(text["level"] == page["level"])
    return any(_overlap(one, other) for one in text.get("fields", ()) for other in page.get("fields", ())) or None


def _same_text(text: Any, page: Any, *, under: str | None = None) -> bool | None:
    return (_overlap(text[under], page[under]) if under else _overlap(text, page)) or None


def _same_contact(text: Partial, page: Partial) -> bool | None:
    if text.get("phone") and page.get("phone"):  # with the country's prefix, or without it
        phones = [re.sub(r"\D", "", side["phone"])[-8:] for side in (text, page)]
        if phones[0] == phones[1]:
            return True
    return (
        any(text.get(name) and _squeezed(text[name]) == _squeezed(page.get(name) or "") for name in ("email", "name"))
        or None
    )


def _same_address(text: str, page: str) -> bool | None:
    one, other = (address.casefold().split("://")[-1].removeprefix("www.").rstrip("/") for address in (text, page))
    return one == other or None


@lru_cache(maxsize=512)  # each item is compared with each
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _squeezed(text: str) -> str:
    return "".join(_words(text))


def _company(name: str) -> tuple[str, ...]:
    words = _words(re.sub(r"(?<=\w)[./](?=\w|\s|$)", "", name))
    return tuple(word for word in words if word not in _LEGAL_FORMS) or words


def _host(address: str) -> str:
    return re.sub(r"\w+://", "", address).partition("/")[0].casefold().removeprefix("www.")


def _contain(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one has all words of the other, or the same letters in other words."""
    if not one or not other:
        return one == other
    return set(one) <= set(other) or set(other) <= set(one) or "".join(one) == "".join(other)


def _overlap(text: str, page: str) -> bool:
    """As `_contain`, where neither says much more than the other."""
    one, other = _words(text), _words(page)
    return _contain(one, other) and 3 * min(len(one), len(other)) >= max(len(one), len(other))


_FACTS: dict[str, Same] = {
    "title": _same_title,
    "reference": _same_reference,
    "employer": _same_employer,
    "workplace": _equal,
    "openings": _equal,
    "hours_per_week": _same_bounds,
    "start": _same_start,
    "salary": _same_salary,
    "posted_on": _equal,
    "apply_by": _equal,
}
_ITEMS: dict[str, Same] = {
    "locations": _same_place,
    "employment_types": _same_employment,
    "experience": _same_experience,
    "education": _same_schooling,
    "skills": partial(_same_text, under="name"),
    "certifications": partial(_same_text, under="name"),
    "conditions": partial(_same_text, under="text"),
    "responsibilities": _same_text,
    "benefits": _same_text,
    "contacts": _same_contact,
    "apply_urls": _same_address,
}
