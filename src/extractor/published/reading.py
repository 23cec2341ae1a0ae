"""What a web page publishes as schema.org JobPosting, read into the record's terms.

Real pages are full of values that say nothing or can't be right. Each is named in a warning, and none is taken.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from extractor.documents.published import postings
from extractor.published.asked import asked
from extractor.published.nodes import Doubts, Node, Partial, stated, terms_in
from extractor.records.plain import without_gender
from extractor.records.posting import EmploymentType, PayPeriod, Workplace

_EMPLOYMENT_TYPES: dict[str, EmploymentType | None] = {
    "FULL_TIME": EmploymentType.FULL_TIME,
    "FULLTIME": EmploymentType.FULL_TIME,
    "PART_TIME": EmploymentType.PART_TIME,
    "PARTTIME": EmploymentType.PART_TIME,
    "CONTRACTOR": EmploymentType.CONTRACTOR,
    "TEMPORARY": EmploymentType.TEMPORARY,
    "INTERN": EmploymentType.INTERNSHIP,
    "INTERNSHIP": EmploymentType.INTERNSHIP,
    "VOLUNTEER": EmploymentType.VOLUNTEER,
    "PER_DIEM": None,  # the record has no terms for these two
    "OTHER": None,
}
_PERIODS = {
    "HOUR": PayPeriod.HOUR,
    "DAY": PayPeriod.DAY,
    "WEEK": PayPeriod.WEEK,
    "MONTH": PayPeriod.MONTH,
    "YEAR": PayPeriod.YEAR,
    # UN/CEFACT Recommendation 20
    "HUR": PayPeriod.HOUR,
    "WEE": PayPeriod.WEEK,
    "MON": PayPeriod.MONTH,
    "ANN": PayPeriod.YEAR,
}
_ANYWHERE = frozenset(("remote", "anywhere", "worldwide", "home office", "homeoffice", "work from home", "multiple"))
_UNNAMED = "confidential"  # Google's word for an employer that isn't disclosed
_YEARS = range(2000, 2100)  # of a posting's dates; 1970 and 9999 are computers' words for none
_LONGEST = 80  # characters of a start, or of a date


def from_jsonld(items: Any) -> tuple[Partial, list[str]]:
    """What JSON-LD states of a job, in `JobPosting`'s own fields and JSON's types, and warnings.

    `items` is parsed JSON: one item or many, a graph, or a page's nodes of all types.

    Only what is stated has a key, inside objects and items too: `{"name": "Linux"}` is a skill whose type nobody says.
    Experience, schooling, certificates and conditions are `required`: so the properties are meant. Of several items
    that don't say the same none is taken. `extractor.records.jsonld.to_jsonld` tells what the vocabulary has no words
    for; running text under a property that should name things is passed over.
    """
    read: list[Partial] = []
    warnings: dict[str, None] = {}
    for item in postings(items):
        doubts = Doubts()
        found = _facts(Node(item, doubts))
        warnings.update(dict.fromkeys(doubts.warnings()))
        if found and found not in read:
            read.append(found)
    whole: Partial = {}
    for one in read:
        if any(one[name] != whole[name] for name in one.keys() & whole.keys()):
            return {}, [f"The page publishes {len(read)} job postings that differ; none is taken."]
        whole |= one
    return whole, list(warnings)


def _facts(item: Node) -> Partial:
    return stated(
        {
            "title": without_gender(item.text("title") or ""),
            "reference": _reference(item),
            "employer": _employer(item),
            "locations": _locations(item),
            "workplace": _workplace(item),
            "employment_types": _employment_types(item),
            "openings": _openings(item),
            "hours_per_week": _hours(item),
            "start": _start(item),
            "salary": _salary(item),
            **_dates(item),
            **asked(item),
            "responsibilities": item.lines("responsibilities"),
            "benefits": item.lines("jobBenefits") or item.lines("benefits"),
            "contacts": _contacts(item),
            "apply_urls": _apply_urls(item),
        }
    )


def _reference(item: Node) -> str | None:
    for node in item.nodes("identifier"):
        return node.text("value")
    found = item.text("identifier")
    return None if found is None or "://" in found else found


def _employer(item: Node) -> Partial:
    found: Partial = {}
    organisations = item.nodes("hiringOrganization")
    if organisations:
        organisation = organisations[0]
        found["name"] = organisation.text("name")
        for name in ("url", "sameAs"):  # the latter is Google's, and the stronger
            website = next(organisation.strings(name), "").strip()
            if website and "." in website and " " not in website:
                found["website"] = website
            elif website:
                organisation.doubt(name, website, "is no address")
    else:
        found["name"] = item.text("hiringOrganization")
    if (found["name"] or "").casefold() == _UNNAMED:
        found = {}
    return stated({**found, "industry": ", ".join(item.lines("industry"))})


def _locations(item: Node) -> list[Partial]:
    found: list[Partial] = []
    for value in item.listed("jobLocation"):
        place = item.node("jobLocation", value if isinstance(value, dict) else {"address": value})
        for address in place.listed("address") or [place.values]:
            if isinstance(address, str) and re.search(r"[\d,]", address):  # where the city ends in it would be a guess
                place.doubt("address", address, "isn't given in parts")
                continue
            parts = address if isinstance(address, dict) else {"addressLocality": address}
            location = _location(place.node("address", parts))
            if location and location not in found:
                found.append(location)
    countries = [
        _country(item, "applicantLocationRequirements", name) for name in item.texts("applicantLocationRequirements")
    ]
    for country in dict.fromkeys(countries):
        if country and all(place.get("country") != country for place in found):
            found.append({"country": country})
    return found


def _location(address: Node) -> Partial:
    city, code = address.text("addressLocality"), address.text("postalCode")
    if city and city.casefold() in _ANYWHERE:
        address.doubt("addressLocality", city, "is no city")
        city = None
    if code and not code.strip("0"):
        address.doubt("postalCode", code, "is no postal code")
        code = None
    name = address.text("addressCountry")
    country = _country(address, "addressCountry", name) if name else None
    return stated({"city": city, "region": address.text("addressRegion"), "country": country, "postal_code": code})


def _country(node: Node, property_: str, name: str) -> str | None:
    """The code of a country, by its code or its name in any of the nine languages."""
    from extractor.recognise import vocabulary
    from extractor.recognise.places import find_countries

    code = {"UK": "GB"}.get(name.upper(), name.upper())
    if code != "NONE" and code in vocabulary.names("country", vocabulary.COMMON):
        return code
    codes = {country.value for country in find_countries(name if name[0].isupper() else name.title())}
    if len(codes) != 1:
        node.doubt(property_, name, "is no country")
        return None
    return codes.pop()


def _workplace(item: Node) -> str | None:
    found: set[str] = set()
    for text in item.texts("jobLocationType"):
        terms = {Workplace.REMOTE.value} if text.upper() == "TELECOMMUTE" else terms_in(text, "workplace")
        if not terms:
            item.doubt("jobLocationType", text, "is no kind of workplace")
        found |= terms
    return found.pop() if len(found) == 1 else None


def _employment_types(item: Node) -> list[str]:
    found: dict[str, None] = {}
    for text in item.texts("employmentType"):
        for part in re.split(r"[,;|]", text):
            word = re.sub(r"[\s-]+", "_", part.strip(" []'\"").upper().rpartition("/")[2])
            if word in _EMPLOYMENT_TYPES:
                known = _EMPLOYMENT_TYPES[word]
                found.update({known.value: None} if known else {})
                continue
            terms = terms_in(part, "employment_type")
            if not terms:
                item.doubt("employmentType", part.strip(), "is no type of employment")
            found.update(dict.fromkeys(sorted(terms)))
    return list(found)


def _openings(item: Node) -> int | None:
    number = item.amount("totalJobOpenings")
    if number is not None and not number.is_integer():
        item.doubt("totalJobOpenings", number, "is no number of people")
        return None
    return None if number is None else int(number)


def _hours(item: Node) -> Partial:
    from extractor.recognise.hours import find_hours

    said = item.text("workHours")
    found = {hours.value for hours in find_hours(said)} if said else set()
    low, high = found.pop() if len(found) == 1 else (None, None)
    return stated({"min": low, "max": high})


def _start(item: Node) -> str | None:
    said = item.text("jobStartDate")
    if not said:
        return None
    day = _day(said)
    if day and day.year not in _YEARS:
        item.doubt("jobStartDate", said, "is no date of a posting")
        return None
    return day.isoformat() if day else said if len(said) <= _LONGEST else None


def _dates(item: Node) -> Partial:
    days: dict[str, date] = {}
    for name in ("datePosted", "validThrough"):
        said = item.text(name)
        day = _day(said) if said else None
        if day and day.year in _YEARS:
            days[name] = day
        elif said:
            item.doubt(name, said, "is no date of a posting" if day else "is no date")
    if len(days) == 2 and days["validThrough"] < days["datePosted"]:
        item.doubt("validThrough", days.pop("validThrough"), "is before datePosted")
    fields = {"datePosted": "posted_on", "validThrough": "apply_by"}
    return {fields[name]: day.isoformat() for name, day in days.items()}


def _salary(item: Node) -> Partial:
    given = item.listed("baseSalary")
    if len(given) > 1:
        item.doubt("baseSalary", f"{len(given)} salaries", "are given")
    if len(given) != 1:
        return {}
    salary = item.node("baseSalary", given[0] if isinstance(given[0], dict) else {"value": given[0]})
    value = next(iter(salary.nodes("value")), salary)
    low, high = value.amount("minValue"), value.amount("maxValue")
    if low is None and high is None:
        low, high = value.bounds("value")
    if low is not None and high is not None and low > high:
        value.doubt("minValue", f"{low:g} to {high:g}", "is no range")
        return {}
    if low is None and high is None:
        return {}
    currency = _currency(salary, "currency") or _currency(item, "salaryCurrency")
    return stated({"min": low, "max": high, "currency": currency, "period": _period(value) or _period(salary)})


def _currency(node: Node, name: str) -> str | None:
    from extractor.recognise.money import find_currencies

    said = node.text(name)
    code = (said or "").upper()
    if said and not (len(code) == 3 and [found.value for found in find_currencies(code)] == [code]):
        node.doubt(name, said, "is no ISO 4217 code")
        return None
    return code or None


def _period(node: Node) -> str | None:
    from extractor.recognise.money import find_periods

    name = "unitText" if node.values.get("unitText") else "unitCode"
    said = node.text(name)
    if not said:
        return None
    known = _PERIODS.get(said.upper())
    periods = {known.value} if known else {str(found.value) for found in find_periods(f"{said} per {said}")}
    if len(periods) != 1:
        node.doubt(name, said, "is no period")
        return None
    return periods.pop()


def _contacts(item: Node) -> list[Partial]:
    found: list[Partial] = []
    for node in item.nodes("applicationContact"):
        email = node.text("email")
        if email and "@" not in email:
            node.doubt("email", email, "is no e-mail address")
            email = None
        parts = {"name": node.text("name"), "email": email, "phone": node.text("telephone")}
        contact = stated({**parts, "email": email.removeprefix("mailto:") if email else None})
        if contact and contact not in found:
            found.append(contact)
    return found


def _apply_urls(item: Node) -> list[str]:
    found: dict[str, None] = {}
    for action in item.nodes("potentialAction"):
        for value in action.listed("target"):
            target = action.node("target", value if isinstance(value, dict) else {"urlTemplate": value})
            addresses = target.texts("urlTemplate") or target.texts("url")
            found.update(dict.fromkeys(address for address in addresses if "." in address and " " not in address))
    return list(found)


def _day(text: str) -> date | None:
    """The day of a date, with or without a time; None where the text is none, or may be two."""
    try:
        return date.fromisoformat(text[:10]) if re.match(r"\d{4}-\d\d-\d\d(?:[T ]|\Z)", text) else _named_day(text)
    except ValueError:
        return None


def _named_day(text: str) -> date | None:
    from extractor.recognise.dates import find_dates

    if len(text) > _LONGEST:
        return None
    days = {found.value for order in (True, False) for found in find_dates(text, day_first=order)}
    only = days.pop() if len(days) == 1 else ""
    return date.fromisoformat(only) if len(only) == 10 else None
