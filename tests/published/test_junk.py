"""What real pages publish besides facts: each is named, and none is taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.published.reading import from_jsonld
from extractor.records.posting import JobPosting


def read(**properties: Any) -> tuple[dict[str, Any], list[str]]:
    return from_jsonld([{"@type": "JobPosting", **properties}])


def salary(currency: Any = "EUR", **value: Any) -> dict[str, Any]:
    return {"baseSalary": {"@type": "MonetaryAmount", "currency": currency, "value": value}}


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({"title": "Null"}, "title"),
        ({"title": "{{ job.title }}"}, "title"),
        ({"title": " "}, "title"),
        ({"title": ["Cook", "Baker"]}, "title"),
        ({"title": "Cook " * 1_000}, "title"),
        ({"hiringOrganization": {"name": "UNAVAILABLE"}}, "hiringOrganization.name"),
        ({"hiringOrganization": {"sameAs": "our website"}}, "hiringOrganization.sameAs"),
        ({"industry": "N/A"}, "industry"),
        ({"identifier": {"value": ""}}, "identifier.value"),
        ({"jobLocation": {"address": {"addressCountry": "Middle Earth"}}}, "jobLocation.address.addressCountry"),
        ({"jobLocation": {"address": {"addressLocality": "Remote"}}}, "jobLocation.address.addressLocality"),
        ({"jobLocation": {"address": {"postalCode": "00000"}}}, "jobLocation.address.postalCode"),
        ({"jobLocation": {"address": "Storgata 3, 0155 Oslo"}}, "jobLocation.address"),
        ({"applicantLocationRequirements": {"@type": "Country", "name": "Anywhere"}}, "applicantLocationRequirements"),
        ({"jobLocationType": "UNKNOWN"}, "jobLocationType"),
        ({"employmentType": "NULL"}, "employmentType"),
        ({"employmentType": "See below"}, "employmentType"),
        ({"totalJobOpenings": 0}, "totalJobOpenings"),
        ({"totalJobOpenings": "several"}, "totalJobOpenings"),
        ({"totalJobOpenings": True}, "totalJobOpenings"),
        ({"datePosted": "today"}, "datePosted"),
        ({"datePosted": "0001-01-01T00:00:00"}, "datePosted"),
        ({"datePosted": "1970-01-01"}, "datePosted"),
        ({"datePosted": "2025-02-30"}, "datePosted"),
        ({"datePosted": 1740787200}, "datePosted"),
        ({"validThrough": "05/06/2025"}, "validThrough"),
        ({"jobStartDate": "9999-12-31"}, "jobStartDate"),
        ({"baseSalary": "Competitive"}, "baseSalary.value"),
        ({"baseSalary": "50.000"}, "baseSalary.value"),
        ({"baseSalary": {"value": {"value": 0}}}, "baseSalary.value.value"),
        ({"baseSalary": {"value": {"minValue": 50_000, "maxValue": 40_000}}}, "baseSalary.value.minValue"),
        ({"baseSalary": {"value": float("inf")}}, "baseSalary.value"),
        ({"baseSalary": 10**400}, "baseSalary.value"),
        ({"experienceRequirements": {"monthsOfExperience": 0}}, "experienceRequirements.monthsOfExperience"),
        ({"educationRequirements": "see text"}, "educationRequirements.credentialCategory"),
        ({"applicationContact": {"email": "call us"}}, "applicationContact.email"),
        ({"skills": "n/a"}, "skills"),
        ({"jobBenefits": ["-", "k. A."]}, "jobBenefits"),
    ],
)
def test_junk_is_a_warning_that_names_the_property_and_no_value(properties: dict[str, Any], named: str) -> None:
    found, warnings = read(**properties)
    assert found == {}
    assert any(f" {named}:" in warning or f" {named}." in warning for warning in warnings), warnings


@pytest.mark.parametrize(
    ("properties", "lacking", "named"),
    [
        (salary("€", value=40_000), "currency", "baseSalary.currency"),
        (salary("XYZ", value=40_000), "currency", "baseSalary.currency"),
        (salary(value=40_000, unitText="JOB"), "period", "baseSalary.value.unitText"),
        (salary(minValue=0, maxValue=40_000), "min", "baseSalary.value.minValue"),
    ],
)
def test_a_salary_keeps_what_is_sound(properties: dict[str, Any], lacking: str, named: str) -> None:
    found, warnings = read(**properties)
    assert 40_000 in found["salary"].values()
    assert lacking not in found["salary"]
    assert named in warnings[0]


@pytest.mark.parametrize(
    ("properties", "facts"),
    [
        ({"title": "R&amp;D <b>cook</b>\n"}, {"title": "R&D cook"}),
        ({"hiringOrganization": "Norrbrød AB"}, {"employer": {"name": "Norrbrød AB"}}),
        ({"hiringOrganization": {"@type": "Organization", "name": "confidential"}}, {}),
        ({"identifier": 4711}, {"reference": "4711"}),
        ({"identifier": "https://example.org/4711"}, {}),
        ({"datePosted": "2025-03-01T23:30:00+02:00"}, {"posted_on": "2025-03-01"}),
        ({"datePosted": "March 1, 2025"}, {"posted_on": "2025-03-01"}),
        ({"datePosted": "13/05/2025"}, {"posted_on": "2025-05-13"}),
        (
            {"datePosted": "2025-03-01", "validThrough": "2025-04-01 00:00:00"},
            {"posted_on": "2025-03-01", "apply_by": "2025-04-01"},
        ),
        ({"datePosted": "2025-03-01", "validThrough": "2024-04-01"}, {"posted_on": "2025-03-01"}),
        ({"employmentType": "Full-time"}, {"employment_types": ["full_time"]}),
        ({"employmentType": ["FULL_TIME", "INTERN"]}, {"employment_types": ["full_time", "internship"]}),
        ({"employmentType": "FULL_TIME, Festanstellung"}, {"employment_types": ["full_time", "permanent"]}),
        ({"employmentType": "OTHER"}, {}),
        ({"jobLocationType": "TELECOMMUTE"}, {"workplace": "remote"}),
        ({"totalJobOpenings": "3"}, {"openings": 3}),
        ({"workHours": "37,5 Stunden pro Woche"}, {"hours_per_week": {"min": 37.5, "max": 37.5}}),
        ({"workHours": "9:00-17:00"}, {}),
        ({"experienceRequirements": "no requirements"}, {}),
        (
            {"experienceRequirements": "3+ years in sales"},
            {"experience": [{"min_years": 3.0, "requirement": "required"}]},
        ),
        (
            {"educationRequirements": {"credentialCategory": "bachelor degree"}},
            {"education": [{"level": "bachelor", "requirement": "required"}]},
        ),
        ({"skills": "Python, SQL; Docker"}, {"skills": [{"name": "Python"}, {"name": "SQL"}, {"name": "Docker"}]}),
        ({"skills": "You bring a good deal of patience with ovens, and you like to get up early."}, {}),
        (
            {"skills": [{"@type": "DefinedTerm", "name": "Python"}, "SQL"]},
            {"skills": [{"name": "Python"}, {"name": "SQL"}]},
        ),
        (
            {"responsibilities": "<ul><li>Bake</li>\n<li>&bull; Clean&nbsp;up</li></ul>"},
            {"responsibilities": ["Bake", "Clean up"]},
        ),
        (
            {"responsibilities": "&lt;p&gt;Bake&lt;/p&gt;&lt;p&gt;Sell&lt;/p&gt;"},
            {"responsibilities": ["Bake", "Sell"]},
        ),
        ({"jobLocation": "Lund"}, {"locations": [{"city": "Lund"}]}),
        (
            {"jobLocation": {"addressLocality": "Lund", "addressCountry": "Sverige"}},
            {"locations": [{"city": "Lund", "country": "SE"}]},
        ),
        (
            {"jobLocation": {"address": {"addressCountry": {"@type": "Country", "name": "uk"}, "postalCode": 12345}}},
            {"locations": [{"country": "GB", "postal_code": "12345"}]},
        ),
        (
            {"baseSalary": "40,000 - 50000.50", "salaryCurrency": "eur"},
            {"salary": {"min": 40_000.0, "max": 50_000.5, "currency": "EUR"}},
        ),
        (
            {"baseSalary": {"minValue": 15, "currency": "USD", "unitText": "Hourly"}},
            {"salary": {"min": 15.0, "currency": "USD", "period": "hour"}},
        ),
        (
            salary(value="3000", unitText="MON"),
            {"salary": {"min": 3000.0, "max": 3000.0, "currency": "EUR", "period": "month"}},
        ),
        ({"applicationContact": {"email": "mailto:jobs@example.org"}}, {"contacts": [{"email": "jobs@example.org"}]}),
        ({"potentialAction": {"target": "https://example.org/apply"}}, {"apply_urls": ["https://example.org/apply"]}),
    ],
)
def test_what_pages_write_in_their_own_way_is_read(properties: dict[str, Any], facts: dict[str, Any]) -> None:
    assert read(**properties)[0] == facts


def test_a_posting_is_found_in_a_graph() -> None:
    us = {"@type": "Organization", "@id": "#us", "name": "Norrbrød AB"}
    job = {"@type": ["JobPosting"], "hiringOrganization": {"@id": "#us"}}
    facts = {"employer": {"name": "Norrbrød AB"}}
    for graph in ({"@graph": [us, job]}, [[us], {"mainEntity": job}], {**job, "hiringOrganization": [us]}):
        assert from_jsonld(graph) == (facts, [])
    assert from_jsonld([us, None, "JobPosting", 7]) == ({}, [])


def test_of_several_postings_none_is_taken_unless_they_are_the_same() -> None:
    one = {"@type": "JobPosting", "title": "Cook", "datePosted": "2025-03-01"}
    assert from_jsonld([one, {**one, "datePosted": "2025-03-01T08:00"}, {**one, "totalJobOpenings": 2}]) == (
        {"title": "Cook", "posted_on": "2025-03-01", "openings": 2},
        [],
    )
    found, warnings = from_jsonld([one, {**one, "title": "Baker"}])
    assert found == {}
    assert "2 job postings" in warnings[0]


def test_what_is_taken_is_bounded() -> None:
    found, _ = read(
        responsibilities="<br>".join(map(str, range(100_000))), jobBenefits=["Tea", *map(str, range(9_999))]
    )
    assert max(map(len, found.values())) <= 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["Null", "2025-03-01", "FULL_TIME", "EUR", "YEAR", "5 years", "DE", "40,000", "<p>x</p>"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "name", "value", "minValue", "maxValue", "currency", "unitText", "address", "addressCountry", "target",
        "addressLocality", "@type", "@value", "@id", "monthsOfExperience", "credentialCategory", "email", "about",
    ]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
PROPERTIES = st.sampled_from(
    re.findall(
        r"\w+",
        """title identifier hiringOrganization industry jobLocation applicantLocationRequirements jobLocationType
        employmentType totalJobOpenings workHours jobStartDate datePosted validThrough baseSalary salaryCurrency
        experienceRequirements educationRequirements skills qualifications physicalRequirement responsibilities
        jobBenefits applicationContact potentialAction""",
    )
)


@given(st.dictionaries(PROPERTIES, VALUES, max_size=4))
def test_whatever_is_published_what_is_taken_fits_the_record(item: dict[str, Any]) -> None:
    found, _ = read(**item)
    fields = JobPosting.model_fields
    assert found.keys() <= fields.keys()
    whole: dict[str, Any] = dict.fromkeys(fields) | {"kind": "vacancy", "language": "en"}
    lacking: dict[str, dict[str, Any]] = {
        "employer": {"name": None, "website": None, "industry": None, "on_behalf_of_client": False},
        "locations": {"city": None, "region": None, "country": None, "postal_code": None},
        "hours_per_week": {"min": None, "max": None},
        "salary": {"min": None, "max": None, "currency": None, "period": None},
        "experience": {"area": None, "min_years": None, "max_years": None},
        "education": {"level": None, "fields": []},
        "skills": {"type": "hard", "requirement": "required"},
        "contacts": {"name": None, "email": None, "phone": None},
    }
    for name, field in fields.items():
        value = found.get(name, [] if "list" in str(field.annotation) else whole[name])
        if isinstance(value, dict):
            value = lacking.get(name, {}) | value
        elif isinstance(value, list):
            value = [lacking.get(name, {}) | one if isinstance(one, dict) else one for one in value]
        whole[name] = value
    assert JobPosting.model_validate(whole)
