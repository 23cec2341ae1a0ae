"""What a published JobPosting asks of the person: experience, schooling, skills, certificates, conditions."""

from __future__ import annotations

import re

from extractor.published.nodes import Node, Partial, stated, terms_in
from extractor.records.posting import ConditionKind, EducationLevel

# Google's; a postgraduate degree may be a master's or a doctorate
_CREDENTIALS = {
    "high school": EducationLevel.SECONDARY,
    "professional certificate": EducationLevel.VOCATIONAL,
    "bachelor degree": EducationLevel.BACHELOR,
    "associate degree": None,
    "postgraduate degree": None,
}
_CONDITIONS = {
    "securityClearanceRequirement": ConditionKind.SECURITY_CLEARANCE,
    "physicalRequirement": ConditionKind.PHYSICAL,
    "eligibilityToWorkRequirement": ConditionKind.WORK_PERMIT,
}
_NO_DEMAND = "no requirements"  # Google's words
_REQUIRED = "required"
_SHORT, _FEW = 80, 8  # characters and words of the longest thing that is named; more is running text


def asked(item: Node) -> Partial:
    """The fields of the record that say what is demanded; the properties' names make all of it `required`."""
    return {
        "experience": _experience(item),
        "education": _education(item),
        "skills": [{"name": name} for name in _named(item, "skills")],
        "certifications": _certifications(item),
        "conditions": [
            {"kind": kind.value, "text": text, "requirement": _REQUIRED}
            for name, kind in _CONDITIONS.items()
            for text in item.lines(name)
        ],
    }


def _experience(item: Node) -> list[Partial]:
    from extractor.recognise.years import find_years

    found: list[Partial] = []
    for value in item.listed("experienceRequirements"):
        node = item.node("experienceRequirements", value if isinstance(value, dict) else {"description": value})
        months = node.amount("monthsOfExperience")
        area = node.text("description") or node.text("name")
        if area and (_is_prose(area) or area.casefold() == _NO_DEMAND):
            area = None
        low, high = round(months / 12, 2) if months else None, None
        spans = {span.value for span in find_years(area)} if area and not months else set()
        if len(spans) == 1:  # a whole demand: where its area ends would be a guess
            (low, high), area = spans.pop(), None
        _add(found, {"area": area, "min_years": low, "max_years": high})
    return found


def _education(item: Node) -> list[Partial]:
    found: list[Partial] = []
    for value in item.listed("educationRequirements"):
        node = item.node("educationRequirements", value if isinstance(value, dict) else {"credentialCategory": value})
        levels = [text for text in node.texts("educationalLevel") if text in set(EducationLevel)]
        if not levels:
            levels = [level for text in node.texts("credentialCategory") for level in _levels(node, text)]
        fields = node.texts("about")
        for level in levels:
            _add(found, {"level": level, "fields": fields})
        if not levels:
            _add(found, {"fields": fields})
    return found


def _levels(node: Node, text: str) -> list[str]:
    word = text.casefold().replace("_", " ")
    if word in _CREDENTIALS:
        level = _CREDENTIALS[word]
        return [level.value] if level else []
    levels = sorted(terms_in(text, "education_level"))
    if _is_prose(text) or word == _NO_DEMAND:
        return []
    if not levels:
        node.doubt("credentialCategory", text, "is no level of education")
    return levels


def _certifications(item: Node) -> list[Partial]:
    names = dict.fromkeys(node.text("name") for node in item.nodes("qualifications"))
    return [{"name": name, "requirement": _REQUIRED} for name in names if name]


def _named(item: Node, name: str) -> list[str]:
    """What a property names, one by one, or in one text as a list with commas."""
    if len(item.listed(name)) > 1:
        return [text for text in item.texts(name) if not _is_prose(text)]
    lines = item.lines(name)
    parts = [part.strip() for part in re.split(r"[,;]", lines[0])] if len(lines) == 1 else lines
    short = all(len(part) <= _SHORT and len(part.split()) <= _FEW for part in parts)
    return list(dict.fromkeys(part for part in parts if part)) if short else []


def _add(demands: list[Partial], parts: Partial) -> None:
    given = stated(parts)
    demand = {**given, "requirement": _REQUIRED}
    if given and demand not in demands:
        demands.append(demand)


def _is_prose(text: str) -> bool:
    return len(text) > 2 * _SHORT
