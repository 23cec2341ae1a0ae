"""schema.org JobPosting out and in: by schema.org's own vocabulary, there and back, and out of real pages' junk."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, time
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import msgspec
import msgspec_schemaorg.models as vocabulary
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.published.reading import from_jsonld
from extractor.records.jsonld import dumps, missing, to_jsonld
from extractor.records.posting import (
    Cefr,
    Certification,
    Condition,
    ConditionKind,
    Contact,
    Education,
    EducationLevel,
    Employer,
    EmploymentType,
    Experience,
    Hours,
    JobPosting,
    Kind,
    Language,
    Location,
    PayPeriod,
    Requirement,
    Salary,
    Seniority,
    Skill,
    SkillType,
    Workplace,
)

GOLD = [
    json.loads(line) for line in (Path(__file__).parents[2] / "seeds" / "gold.jsonl").read_text("utf-8").splitlines()
]
EMPTY = JobPosting.model_validate(
    {name: [] if "list" in str(field.annotation) else None for name, field in JobPosting.model_fields.items()}
    | {"kind": "vacancy", "language": "en"}
)

# the library's own pattern knows capitals alone
Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s/]+\.[^\s/]+(/\S*)?$")]
PLAIN = {
    "str": str,
    "URL": Address,
    "date": date,
    "datetime": datetime,
    "time": time,
    "bool": bool,
    "int": int,
    "float": float,
}

words = st.lists(st.text("abcdefgåäöß", min_size=1, max_size=8), min_size=1, max_size=4).map(
    lambda parts: "x" + " ".join(parts)  # never a word that stands for nothing, nor a unit or a number
)
few = st.lists(words, max_size=3, unique=True)
half_hours = st.integers(2, 160).map(lambda n: n / 2)
pay = st.integers(1, 10_000_000).map(lambda n: n / 100)
years = st.none() | st.integers(1, 40).map(lambda n: n / 4)
days = st.dates(date(2001, 1, 1), date(2090, 1, 1))
requirements = st.sampled_from(Requirement)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def parts(cls: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(cls, **fields)


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=3)


def ordered(pair: tuple[float | None, float | None]) -> dict[str, float | None]:
    low, high = pair
    low, high = sorted(pair) if low is not None and high is not None else pair  # type: ignore[type-var]
    return {"min": low, "max": high}


records = parts(
    JobPosting,
    kind=st.sampled_from(Kind),
    language=st.just("en"),
    title=optional(words),
    reference=optional(st.from_regex(r"[A-Z]{2}-[1-9][0-9]{2,5}", fullmatch=True)),
    employer=optional(
        parts(
            Employer,
            name=optional(words),
            website=optional(st.sampled_from(["https://example.org/jobs", "www.example.org", "example.com"])),
            industry=optional(words),
            on_behalf_of_client=st.booleans(),
        )
    ),
    locations=several(
        parts(
            Location,
            city=optional(words),
            region=optional(words),
            country=optional(st.sampled_from(["DE", "SE", "US", "GB", "NO"])),
            postal_code=optional(st.from_regex(r"[1-9][0-9]{4}", fullmatch=True)),
        )
    ),
    workplace=optional(st.sampled_from(Workplace)),
    employment_types=st.lists(st.sampled_from(EmploymentType), unique=True),
    seniority=optional(st.sampled_from(Seniority)),
    openings=optional(st.integers(1, 500)),
    hours_per_week=optional(
        st.tuples(optional(half_hours), optional(half_hours)).map(lambda pair: Hours(**ordered(pair)))
    ),
    start=optional(days.map(date.isoformat) | st.sampled_from(["immediately", "ab sofort", "2025-03"])),
    duration_months=optional(half_hours),
    salary=optional(
        st.builds(
            lambda pair, currency, period: Salary(**ordered(pair), currency=currency, period=period),
            st.tuples(optional(pay), optional(pay)),
            optional(st.sampled_from(["EUR", "SEK", "USD"])),
            optional(st.sampled_from(PayPeriod)),
        )
    ),
    posted_on=optional(days),
    apply_by=optional(days),
    experience=several(
        parts(Experience, area=optional(words), min_years=years, max_years=years, requirement=requirements)
    ),
    education=several(
        parts(Education, level=optional(st.sampled_from(EducationLevel)), fields=few, requirement=requirements)
    ),
    skills=several(parts(Skill, name=words, type=st.sampled_from(SkillType), requirement=requirements)),
    languages=several(
        parts(Language, language=st.just("de"), level=optional(st.sampled_from(Cefr)), requirement=requirements)
    ),
    certifications=several(parts(Certification, name=words, requirement=requirements)),
    conditions=several(parts(Condition, kind=st.sampled_from(ConditionKind), text=words, requirement=requirements)),
    responsibilities=few,
    benefits=few,
    contacts=several(
        parts(
            Contact,
            name=optional(words),
            email=optional(st.just("jobs@example.org")),
            phone=optional(st.just("+49 30 1234567")),
        )
    ),
    apply_urls=st.lists(st.sampled_from(["https://example.org/apply", "https://example.com/7"]), unique=True),
    application_documents=few,
    placeholders=few,
)


def some(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part not in (None, [], {})}


def distinct(items: list[Any]) -> list[Any]:
    return [item for place, item in enumerate(items) if item and item not in items[:place]]


def sayable(record: JobPosting) -> dict[str, Any]:
    """What schema.org has words for, in the record's."""
    said = record.model_dump(mode="json")
    places = [some(place) for place in said["locations"]]
    remote = record.workplace == "remote"
    if remote:  # a country alone is where applicants may be, which goes without saying where a place says it
        bare = [place for place in places if place.keys() == {"country"}]
        places = [place for place in places if place not in bare]
        known = {place.get("country") for place in places}
        places += [place for place in bare if place["country"] not in known]
    required = {
        name: [one for one in said[name] if one["requirement"] == "required"]
        for name in ("experience", "education", "certifications", "conditions")
    }
    for demand in required["experience"]:
        del demand["max_years"]
    types = {"fixed_term": "temporary", "permanent": None, "apprenticeship": None}
    kinds = {"citizenship": "work_permit"}
    order = ["security_clearance", "physical", "work_permit"]
    conditions = [{**one, "kind": kinds.get(one["kind"], one["kind"])} for one in required["conditions"]]
    employer, salary = said["employer"] or {}, said["salary"] or {}
    website = employer.get("website")
    ended = record.apply_by and record.posted_on and record.apply_by < record.posted_on
    return some(
        {
            **{
                name: said[name]
                for name in (
                    *("title", "reference", "openings", "start", "posted_on", "responsibilities", "benefits"),
                    "apply_urls",
                )
            },
            "employer": some(
                {
                    "name": employer.get("name"),
                    "website": website if not website or website.startswith("http") else f"https://{website}",
                    "industry": employer.get("industry"),
                }
            ),
            "locations": distinct(places),
            "workplace": "remote" if remote else None,
            "employment_types": distinct([types.get(kind, kind) for kind in said["employment_types"]]),
            "hours_per_week": some(said["hours_per_week"] or {}),
            "salary": some(salary) if salary.get("min") or salary.get("max") else None,
            "apply_by": None if ended else said["apply_by"],
            "experience": distinct([some(one) for one in required["experience"] if one["area"] or one["min_years"]]),
            "education": distinct([some(one) for one in required["education"] if one["level"] or one["fields"]]),
            "skills": distinct([{"name": skill["name"]} for skill in said["skills"]]),
            "certifications": distinct(required["certifications"]),
            "conditions": distinct([one for kind in order for one in conditions if one["kind"] == kind]),
            "contacts": distinct([some(contact) for contact in said["contacts"]]),
        }
    )


def faults(node: dict[str, Any], path: str = "JobPosting") -> list[str]:
    """Where `node` breaks schema.org's vocabulary: types, properties of a type, and what a property may hold.

    The knowledge is msgspec-schemaorg's, whose classes are made from schema.org's definitions: their hierarchy, their
    properties, and the types in the properties' annotations. Plain values are checked by msgspec. What Google asks
    beyond the vocabulary (`missing`, its words for employment types) isn't known to it.
    """
    kind = getattr(vocabulary, node.get("@type", ""), None)
    if kind is None:
        return [f"{path}: {node.get('@type')} is no type"]
    found: list[str] = []
    for name in node.keys() - {"@type", "@context"}:
        annotation = next((vars(cls)["__annotations__"][name] for cls in kind.__mro__ if name in _declared(cls)), None)
        if annotation is None:
            found.append(f"{path}.{name}: {kind.__name__} has no such property")
            continue
        ranges = set(re.findall(r"\w+", annotation)) - {"Union", "List", "None"}
        classes = tuple(getattr(vocabulary, one) for one in ranges - PLAIN.keys())
        for value in node[name] if isinstance(node[name], list) else [node[name]]:
            if isinstance(value, dict):
                if not issubclass(getattr(vocabulary, value["@type"], object), classes):
                    found.append(f"{path}.{name}: {value['@type']} isn't one of {sorted(ranges)}")
                found += faults(value, f"{path}.{name}")
            elif not any(_fits(value, PLAIN[one]) for one in ranges & PLAIN.keys()):
                found.append(f"{path}.{name}: {value!r} isn't one of {sorted(ranges)}")
    return found


def _declared(cls: type) -> dict[str, str]:
    declared: dict[str, str] = vars(cls).get("__annotations__", {})
    return declared


def _fits(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def test_the_check_finds_what_the_vocabulary_has_not() -> None:
    good = {"@type": "JobPosting", "hiringOrganization": {"@type": "Corporation", "name": "Norrbrød"}}
    assert faults(good) == []
    wrong: list[dict[str, Any]] = [
        {**good, "salary": 1},
        {**good, "hiringOrganization": {"@type": "Place", "name": "Lund"}},
        {**good, "hiringOrganization": {"@type": "Corporation", "nmae": "Norrbrød"}},
        {**good, "datePosted": "yesterday"},
        {**good, "totalJobOpenings": "two"},
        {**good, "@type": "Job"},
    ]
    assert [len(faults(node)) for node in wrong] == [1] * len(wrong)


@pytest.mark.parametrize("line", GOLD, ids=lambda line: line["id"])
def test_the_seeds_keep_to_the_vocabulary_and_come_back(line: dict[str, Any]) -> None:
    record = JobPosting.model_validate(line["record"])
    jsonld = to_jsonld(record, description="A posting.", url="https://example.org/7")
    assert faults(jsonld) == []
    back, _ = from_jsonld([jsonld])
    assert back.get("title") == record.title
    assert back.get("responsibilities", []) == record.responsibilities
    assert [place.get("city") for place in back.get("locations", [])] == [place.city for place in record.locations]


@given(records)
def test_what_the_vocabulary_can_say_comes_back_and_keeps_to_it(record: JobPosting) -> None:
    jsonld = to_jsonld(record)
    assert faults(jsonld) == []
    back, _ = from_jsonld([json.loads(dumps(jsonld))])
    assert back == sayable(record)


def test_a_whole_posting_as_google_takes_it() -> None:
    record = EMPTY.model_copy(
        update={
            "title": "Night baker",
            "reference": "NB-7",
            "employer": Employer(
                name="Norrbrød AB", website="norrbrod.example", industry="Food", on_behalf_of_client=False
            ),
            "locations": [Location(city="Lund", region=None, country="SE", postal_code="223 50")],
            "employment_types": [EmploymentType.PART_TIME, EmploymentType.PERMANENT],
            "salary": Salary(min=24_000, max=27_500.5, currency="SEK", period=PayPeriod.MONTH),
            "posted_on": date(2025, 3, 1),
            "hours_per_week": Hours(min=20, max=25),
            "experience": [Experience(area="baking", min_years=1.5, max_years=None, requirement=Requirement.REQUIRED)],
            "education": [Education(level=EducationLevel.MASTER, fields=[], requirement=Requirement.REQUIRED)],
            "skills": [Skill(name="sourdough", type=SkillType.HARD, requirement=Requirement.PREFERRED)],
        }
    )
    jsonld = to_jsonld(record, description="Bake.\n\nAt night & <early>\nin the morning.", url="https://example.org/7")
    assert missing(jsonld) == []
    assert jsonld == {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "url": "https://example.org/7",
        "title": "Night baker",
        "description": "<p>Bake.</p><p>At night &amp; &lt;early&gt;<br>in the morning.</p>",
        "identifier": {"@type": "PropertyValue", "name": "Norrbrød AB", "value": "NB-7"},
        "hiringOrganization": {"@type": "Organization", "name": "Norrbrød AB", "sameAs": "https://norrbrod.example"},
        "industry": "Food",
        "jobLocation": {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress",
                "addressLocality": "Lund",
                "postalCode": "223 50",
                "addressCountry": "SE",
            },
        },
        "employmentType": "PART_TIME",
        "workHours": "20-25 hours per week",
        "baseSalary": {
            "@type": "MonetaryAmount",
            "currency": "SEK",
            "value": {"@type": "QuantitativeValue", "minValue": 24000, "maxValue": 27500.5, "unitText": "MONTH"},
        },
        "datePosted": "2025-03-01",
        "experienceRequirements": {
            "@type": "OccupationalExperienceRequirements",
            "monthsOfExperience": 18,
            "description": "baking",
        },
        "educationRequirements": {
            "@type": "EducationalOccupationalCredential",
            "credentialCategory": "postgraduate degree",
            "educationalLevel": "master",
        },
        "skills": "sourdough",
    }


def test_a_remote_job_names_the_countries_that_it_is_open_to() -> None:
    places = [
        Location(city=None, region=None, country="SE", postal_code=None),
        Location(city="Oslo", region=None, country="NO", postal_code=None),
    ]
    jsonld = to_jsonld(EMPTY.model_copy(update={"workplace": Workplace.REMOTE, "locations": places}))
    assert jsonld["jobLocationType"] == "TELECOMMUTE"
    assert jsonld["applicantLocationRequirements"] == {"@type": "Country", "name": "SE"}
    assert jsonld["jobLocation"]["address"]["addressLocality"] == "Oslo"
    assert "jobLocationType" not in to_jsonld(EMPTY.model_copy(update={"workplace": Workplace.HYBRID}))


def test_what_google_requires_and_lacks_is_named() -> None:
    def lacking(**update: Any) -> list[str]:
        return [line.partition(":")[0] for line in missing(to_jsonld(EMPTY.model_copy(update=update)))]

    assert lacking() == ["title", "description", "datePosted", "hiringOrganization", "jobLocation"]
    assert lacking(workplace=Workplace.REMOTE)[-1] == "applicantLocationRequirements"
    paid = lacking(
        locations=[Location(city="Lund", region=None, country=None, postal_code=None)],
        salary=Salary(min=1, max=2, currency=None, period=None),
        education=[Education(level=None, fields=["law"], requirement=Requirement.REQUIRED)],
    )
    assert paid[4:] == [
        "jobLocation.address.addressCountry",
        "baseSalary.currency",
        "baseSalary.value.unitText",
        "educationRequirements.credentialCategory",
    ]


class _Scripts(HTMLParser):
    """What a browser sees between the tags of a script, and behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.script = ""

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags == ["script"]:
            self.script += data


@given(st.text() | st.sampled_from(["</script><img src=x>", "<!-- <script>", "a & b", "\u2028"]))
def test_no_text_ends_the_script_that_it_stands_in(text: str) -> None:
    jsonld = {"@type": "JobPosting", "title": text}
    page = _Scripts()
    page.feed(f'<script type="application/ld+json">{dumps(jsonld)}</script>')
    page.close()
    assert page.tags == ["script"]
    assert json.loads(page.script) == jsonld


@pytest.mark.parametrize(
    "text", ["Tom & Jerry", "C++ < C#", "List<String>", "&amp; &copy;", "<b>bold</b>", "a</script>"]
)
def test_a_text_with_markup_in_it_comes_back_as_it_is(text: str) -> None:
    record = EMPTY.model_copy(update={"title": text, "benefits": [text, "Tea"]})
    back, warnings = from_jsonld([to_jsonld(record)])
    assert back == {"title": text, "benefits": [text, "Tea"]}
    assert warnings == []
