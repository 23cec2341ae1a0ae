"""A record as a schema.org JobPosting, as Google for Jobs takes it.

Names and values are those of https://schema.org/JobPosting and of Google's page "Job posting (JobPosting) structured
data". `extractor.records.published` reads it back.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from extractor.records.plain import escaped
from extractor.records.posting import ConditionKind, EducationLevel, EmploymentType, Requirement, Workplace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from extractor.records.posting import Contact, Education, Experience, Hours, JobPosting, Location, Salary

# Google has no value for a permanent contract. "OTHER" says that there is more, not what.
_EMPLOYMENT_TYPES = {
    EmploymentType.FULL_TIME: "FULL_TIME",
    EmploymentType.PART_TIME: "PART_TIME",
    EmploymentType.CONTRACTOR: "CONTRACTOR",
    EmploymentType.FIXED_TERM: "TEMPORARY",
    EmploymentType.TEMPORARY: "TEMPORARY",
    EmploymentType.INTERNSHIP: "INTERN",
    EmploymentType.VOLUNTEER: "VOLUNTEER",
    EmploymentType.APPRENTICESHIP: "OTHER",
}
_CREDENTIALS = {
    EducationLevel.SECONDARY: "high school",
    EducationLevel.VOCATIONAL: "professional certificate",
    EducationLevel.BACHELOR: "bachelor degree",
    EducationLevel.MASTER: "postgraduate degree",
    EducationLevel.DOCTORATE: "postgraduate degree",
}
_CONDITIONS = {
    ConditionKind.SECURITY_CLEARANCE: "securityClearanceRequirement",
    ConditionKind.PHYSICAL: "physicalRequirement",
    ConditionKind.WORK_PERMIT: "eligibilityToWorkRequirement",
    ConditionKind.CITIZENSHIP: "eligibilityToWorkRequirement",
}
_HOST = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}(?:[:/?#]\S*)?\Z")
# None of these may stand in a script: "</script>" and "<!--" change what the page is. JSON can spell them all.
_UNSAFE = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def to_jsonld(record: JobPosting, *, description: str | None = None, url: str | None = None) -> dict[str, Any]:
    """The record as a schema.org JobPosting in JSON-LD; `description` is the posting's text, `url` its page.

    Nothing is added that the record doesn't state; `missing` names what Google requires beyond it. A text that holds
    HTML is escaped. The vocabulary has no words for `kind` (an opening is what it describes: don't publish a template
    as one), `language`, `seniority`, `languages`, `duration_months`, `application_documents`, `placeholders`, a
    permanent contract, `on_site`, `hybrid`, an upper bound of years, a skill's type, conditions other than those of
    work permit, citizenship, security clearance and physique, and for what is preferred but of skills. It calls a
    fixed term `TEMPORARY` and an apprenticeship `OTHER`.
    """
    remote = record.workplace is Workplace.REMOTE
    countries = [place.country for place in record.locations if remote and _is_country(place)]
    places = [_place(place) for place in record.locations if not (remote and _is_country(place))]
    employer = record.employer
    demanded = [one for one in record.conditions if one.requirement is Requirement.REQUIRED]
    certificates = [one.name for one in record.certifications if one.requirement is Requirement.REQUIRED]
    named = {"name": escaped(employer.name), "sameAs": _address(employer.website)} if employer else {}
    found: dict[str, Any] = {
        "url": url,
        "title": escaped(record.title),
        "description": _html(description) if description else None,
        "identifier": _node("PropertyValue", name=named.get("name"), value=record.reference)
        if record.reference
        else None,
        "hiringOrganization": _node("Organization", **named),
        "industry": escaped(employer.industry) if employer else None,
        "jobLocation": [place for place in places if place],
        "jobLocationType": "TELECOMMUTE" if remote else None,
        "applicantLocationRequirements": [_node("Country", name=code) for code in dict.fromkeys(countries)],
        "employmentType": list(dict.fromkeys(filter(None, map(_EMPLOYMENT_TYPES.get, record.employment_types)))),
        "totalJobOpenings": record.openings,
        "workHours": _work_hours(record.hours_per_week),
        "jobStartDate": escaped(record.start),
        "baseSalary": _base_salary(record.salary),
        "datePosted": record.posted_on.isoformat() if record.posted_on else None,
        "validThrough": record.apply_by.isoformat() if record.apply_by else None,
        "experienceRequirements": _experience(record.experience),
        "educationRequirements": _education(record.education),
        "qualifications": [
            _node("EducationalOccupationalCredential", credentialCategory="certification", name=escaped(name))
            for name in certificates
        ],
        "skills": _texts(skill.name for skill in record.skills),
        **{
            name: _texts(one.text for one in demanded if _CONDITIONS.get(one.kind) == name)
            for name in _CONDITIONS.values()
        },
        "responsibilities": _texts(record.responsibilities),
        "jobBenefits": _texts(record.benefits),
        "applicationContact": [node for node in map(_contact, record.contacts) if node],
        "potentialAction": [
            _node("ApplyAction", target=_node("EntryPoint", urlTemplate=_address(address)))
            for address in record.apply_urls
        ],
    }
    stated = {name: _one_or_many(value) for name, value in found.items() if value not in (None, "", [])}
    return {"@context": "https://schema.org", "@type": "JobPosting", **stated}


def missing(jsonld: dict[str, Any]) -> list[str]:
    """What Google for Jobs requires and `jsonld` lacks: each the property's path and why, in one line."""
    lacks: list[str] = []

    def need(where: dict[str, Any], path: str, why: str) -> None:
        if where.get(path.rpartition(".")[2]) in (None, "", []):
            lacks.append(f"{path}: {why}")

    need(jsonld, "title", "the job's title is required")
    need(jsonld, "description", "the whole posting in HTML is required")
    need(jsonld, "datePosted", "the day on which the posting was published is required")
    need(jsonld, "hiringOrganization", "the employer's name is required")
    for organisation in _nodes(jsonld, "hiringOrganization"):
        need(organisation, "hiringOrganization.name", "the employer's name is required")
    places = _nodes(jsonld, "jobLocation")
    if jsonld.get("jobLocationType") == "TELECOMMUTE":
        if not places:
            need(jsonld, "applicantLocationRequirements", "a remote job needs the countries that it is open to")
    else:
        need(jsonld, "jobLocation", "a job that isn't all remote needs its place of work")
    for place in places:
        for address in _nodes(place, "address") or [{}]:
            need(address, "jobLocation.address.addressCountry", "a place of work needs its country")
    for salary in _nodes(jsonld, "baseSalary"):
        need(salary, "baseSalary.currency", "a salary needs its currency, as ISO 4217 has it")
        for value in _nodes(salary, "value") or [{}]:
            need(value, "baseSalary.value.unitText", "a salary needs its period")
    for credential in _nodes(jsonld, "educationRequirements"):
        need(credential, "educationRequirements.credentialCategory", "schooling needs its level")
    return list(dict.fromkeys(lacks))


def dumps(jsonld: dict[str, Any]) -> str:
    """`jsonld` as JSON that may stand between `<script type="application/ld+json">` and `</script>` as it is."""
    return json.dumps(jsonld, ensure_ascii=False).translate(_UNSAFE)


def _nodes(node: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = node.get(name)
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _node(kind: str, **properties: Any) -> dict[str, Any] | None:
    stated = {name: value for name, value in properties.items() if value not in (None, "", [])}
    return {"@type": kind, **stated} if stated else None


def _one_or_many(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _texts(texts: Iterable[str]) -> list[str]:
    return [text for text in map(escaped, texts) if text]


def _html(text: str) -> str:
    """Plain text as HTML: a paragraph for each that a blank line ends."""
    paragraphs = [escape(part.strip(), quote=False) for part in re.split(r"\n[^\S\n]*\n", text) if part.strip()]
    return "".join("<p>" + part.replace("\n", "<br>") + "</p>" for part in paragraphs)


def _address(address: str | None) -> str | None:
    """`address` with the scheme that one such as "www.example.org/jobs" leaves out."""
    bare = (address or "").strip()
    return f"https://{bare}" if _HOST.match(bare) else bare or None


def _is_country(place: Location) -> bool:
    return bool(place.country) and not (place.city or place.region or place.postal_code)


def _place(place: Location) -> dict[str, Any] | None:
    address = _node(
        "PostalAddress",
        addressLocality=escaped(place.city),
        addressRegion=escaped(place.region),
        postalCode=place.postal_code,
        addressCountry=place.country,
    )
    return _node("Place", address=address)


def _work_hours(hours: Hours | None) -> str | None:
    if hours is None or (hours.min is None and hours.max is None):
        return None
    if hours.max is None:
        return f"at least {hours.min:g} hours per week"
    if hours.min is None:
        return f"up to {hours.max:g} hours per week"
    amount = f"{hours.min:g}" if hours.min == hours.max else f"{hours.min:g}-{hours.max:g}"
    return f"{amount} hours per week"


def _base_salary(salary: Salary | None) -> dict[str, Any] | None:
    if salary is None or (salary.min is None and salary.max is None):
        return None
    low, high = _number(salary.min), _number(salary.max)
    amount = {"value": low} if low == high else {"minValue": low, "maxValue": high}
    unit = salary.period.upper() if salary.period else None
    return _node("MonetaryAmount", currency=salary.currency, value=_node("QuantitativeValue", **amount, unitText=unit))


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value


def _experience(demands: list[Experience]) -> list[Any]:
    """Demands in months; one without a number as text, which Google doesn't read."""
    found: list[Any] = []
    for demand in demands:
        if demand.requirement is not Requirement.REQUIRED:
            continue
        months = _number(round(demand.min_years * 12, 2)) if demand.min_years else None
        area = escaped(demand.area)
        found.append(
            _node("OccupationalExperienceRequirements", monthsOfExperience=months, description=area) if months else area
        )
    return [one for one in found if one]


def _education(alternatives: list[Education]) -> list[Any]:
    """Credentials; `educationalLevel` tells a master's degree from a doctorate, which Google has one value for."""
    found = [
        _node(
            "EducationalOccupationalCredential",
            credentialCategory=_CREDENTIALS[one.level] if one.level else None,
            educationalLevel=one.level.value if one.level else None,
            about=[_node("Thing", name=name) for name in _texts(one.fields)],
        )
        for one in alternatives
        if one.requirement is Requirement.REQUIRED
    ]
    return [one for one in found if one]


def _contact(contact: Contact) -> dict[str, Any] | None:
    return _node("ContactPoint", name=escaped(contact.name), email=contact.email, telephone=contact.phone)
