from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from extractor import Extractor
from extractor.documents import Document, read
from extractor.errors import UnreadableError
from extractor.outcome import Failure
from extractor.runs.inputs import postings

from .seen import parts

if TYPE_CHECKING:
    from pathlib import Path

GREENHOUSE = {
    "absolute_url": "https://boards.example/hafen/jobs/411",
    "internal_job_id": 9,
    "location": {"name": "Kiel, Germany"},
    "metadata": [
        {"id": 1, "name": "Workplace type", "value": "Hybrid", "value_type": "single_select"},
        {"id": 2, "name": "Travel", "value": None, "value_type": "short_text"},
        {"id": 3, "name": "Teams", "value": ["Pumps", "Gates"], "value_type": "multi_select"},
    ],
    "id": 411,
    "updated_at": "2026-03-04T05:06:07-05:00",
    "first_published": "2026-02-03T04:05:06-05:00",
    "requisition_id": "K-411",
    "title": "Harbour Pilot",
    "company_name": "Hafen Kiel",
    "content": "&lt;p&gt;Guide ships &amp;amp; crews.&lt;/p&gt;&lt;ul&gt;&lt;li&gt;&lt;b&gt;Radar:&lt;/b&gt; read it"
    "&lt;/li&gt;&lt;li&gt;Talk to captains&lt;/li&gt;&lt;/ul&gt;",
    "departments": [{"id": 5, "name": "Pilotage"}],
    "offices": [{"id": 6, "name": "Kiel"}],
    "pay_input_ranges": [{"min_cents": 6000000, "max_cents": 7250050, "currency_type": "EUR"}],
}
LEVER = {
    "id": "5ac21346-8e0c-4494-8e7a-3eb92ff77902",
    "text": "Baker",
    "categories": {"commitment": "Part-time", "location": "Malmö", "allLocations": ["Malmö"], "team": "Night"},
    "country": "SE",
    "workplaceType": "on-site",
    "createdAt": 1767225600000,
    "description": "<div>Bread for <b>Malmö</b>.</div>",
    "descriptionPlain": "Bread for Malmö.",
    "lists": [{"text": "You can", "content": "<li>knead</li><li>rise at two</li>"}],
    "additional": "<p>Write to us.</p>",
    "salaryRange": {"min": 180, "max": 210.5, "currency": "SEK", "interval": "per-hour-wage"},
    "hostedUrl": "https://jobs.example/bagaren/5ac2",
    "applyUrl": "https://jobs.example/bagaren/5ac2/apply",
}
ASHBY = {
    "id": "a1",
    "title": "Cartographer",
    "location": "Remote (Europe)",
    "secondaryLocations": [],
    "employmentType": "FullTime",
    "isRemote": True,
    "isListed": True,
    "publishedAt": "2026-01-31T16:21:55.393+00:00",
    "address": {"postalAddress": {"addressLocality": "Gent", "addressCountry": "Belgium"}},
    "jobUrl": "https://jobs.example/maps/a1",
    "descriptionHtml": "<p>Draw coasts.</p>",
    "descriptionPlain": "Draw coasts.",
    "compensation": {
        "compensationTierSummary": None,
        "summaryComponents": [
            {
                "compensationType": "Salary",
                "interval": "1 YEAR",
                "currencyCode": "EUR",
                "minValue": 50000,
                "maxValue": 60000,
            }
        ],
    },
}
RECRUITEE = {
    "id": 77,
    "title": "Molenaar",
    "company_name": "De Gooyer",
    "description": "<p>Je maalt graan.</p>",
    "requirements": "<ul><li>Sterke armen</li></ul>",
    "city": "Amsterdam",
    "country": "Netherlands",
    "country_code": "NL",
    "postal_code": "1018",
    "remote": False,
    "hybrid": False,
    "on_site": True,
    "employment_type_code": "parttime_permanent",
    "min_hours": 24,
    "max_hours": 32,
    "salary": {"min": "2600", "max": None, "period": "month", "currency": "EUR"},
    "published_at": "2026-05-01 08:00:00 UTC",
    "careers_url": "https://gooyer.example/o/molenaar",
}
USAJOBS = {
    "MatchedObjectId": "1",
    "MatchedObjectDescriptor": {
        "PositionID": "ST-26-1",
        "PositionTitle": "Lighthouse Keeper",
        "PositionURI": "https://jobs.example/1",
        "ApplyURI": ["https://jobs.example/1/apply"],
        "PositionLocation": [
            {
                "LocationName": "Astoria, Oregon",
                "CityName": "Astoria, Oregon",
                "CountrySubDivisionCode": "Oregon",
                "CountryCode": "United States",
            }
        ],
        "OrganizationName": "Coast Service",
        "PositionSchedule": [{"Name": "Full-time", "Code": "1"}],
        "PositionOfferingType": [{"Name": "Permanent", "Code": "15317"}],
        "QualificationSummary": "Two years at sea.",
        "PositionRemuneration": [{"MinimumRange": "41000.0", "MaximumRange": "52000.0", "RateIntervalCode": "PA"}],
        "PublicationStartDate": "2026-04-01T00:00:00.0000",
        "ApplicationCloseDate": "2026-04-15T23:59:59.9970",
        "UserArea": {
            "Details": {
                "JobSummary": "Keep the light.",
                "MajorDuties": ["Trim the lamp.", "Log each ship."],
                "TotalOpenings": "2",
                "SecurityClearance": "Not Required",
                "TeleworkEligible": False,
            }
        },
    },
}
JOBTECH = {
    "id": "24",
    "headline": "Snickare",
    "application_deadline": "2026-06-30T23:59:59",
    "number_of_vacancies": 2,
    "description": {
        "text": "Vi bygger båtar.\n\nDu bör:\n- hyvla\n- limma",
        "text_formatted": None,
        "conditions": "Heltid",
    },
    "employment_type": {"concept_id": "x", "label": "Vanlig anställning"},
    "working_hours_type": {"label": "Heltid"},
    "duration": {"label": "Tillsvidare"},
    "scope_of_work": {"min": 100, "max": 100},
    "employer": {"name": "Varvet AB", "workplace": "Varvet AB", "url": None},
    "application_details": {"reference": "V7", "email": "jobb@varvet.example", "url": None},
    "workplace_address": {
        "municipality": "Kalmar",
        "region": "Kalmar län",
        "country": "Sverige",
        "street_address": "Kajen 2",
        "postcode": "39231",
        "city": "KALMAR",
    },
    "must_have": {"skills": [{"label": "Träbearbetning"}], "languages": [{"label": "Svenska"}], "work_experiences": []},
    "nice_to_have": {"skills": [], "languages": [], "work_experiences": []},
    "publication_date": "2026-06-01T08:00:00",
}


def text_of(job: object) -> str:
    return document_of(job).text


def document_of(job: object, **given: Any) -> Document:
    return read(json.dumps(job).encode(), source="reply", **given)


def test_greenhouse() -> None:
    document = document_of(GREENHOUSE)
    assert document.media_type == "application/json"
    assert document.text == (
        "Title: Harbour Pilot\nEmployer: Hafen Kiel\nLocation: Kiel, Germany\nOffices: Kiel\nDepartment: Pilotage\n"
        "Salary: 60000 - 72500.50 EUR\nReference: K-411\nPublished: 2026-02-03\nUpdated: 2026-03-04\n"
        "URL: https://boards.example/hafen/jobs/411\nWorkplace type: Hybrid\nTeams: Pumps, Gates\n\n"
        "Guide ships & crews.\n\n- Radar: read it\n- Talk to captains"
    )
    seen = parts(document)
    assert seen[0] == ("row", "Title: Harbour Pilot")
    assert seen[-3:] == [("text", "Guide ships & crews."), ("item", "read it"), ("item", "Talk to captains")]


def test_lever() -> None:
    document = document_of(LEVER)
    assert document.text == (
        "Title: Baker\nLocation: Malmö, SE\nWorkplace type: on site\nEmployment type: Part time\nTeam: Night\n"
        "Salary: 180 - 210.50 SEK per hour\nCreated: 2026-01-01\nURL: https://jobs.example/bagaren/5ac2\n"
        "Apply at: https://jobs.example/bagaren/5ac2/apply\n\n"
        "Bread for Malmö.\n\nYou can\n\n- knead\n- rise at two\n\nWrite to us."
    )
    assert ("heading", "You can") in parts(document)


def test_ashby() -> None:
    assert text_of(ASHBY) == (
        "Title: Cartographer\nLocation: Remote (Europe)\nCity: Gent\nCountry: Belgium\nWorkplace type: remote\n"
        "Employment type: Full Time\nSalary: 50000 - 60000 EUR per year\nPublished: 2026-01-31\n"
        "URL: https://jobs.example/maps/a1\n\nDraw coasts."
    )
    two = {**ASHBY, "secondaryLocations": [{"location": "Brugge", "address": None}], "isRemote": False}
    assert "\nLocation: Remote (Europe); Brugge\n" in text_of(two)
    assert "remote\n" not in text_of(two)


def test_recruitee() -> None:
    assert text_of(RECRUITEE) == (
        "Title: Molenaar\nEmployer: De Gooyer\nCity: Amsterdam\nCountry: Netherlands\nPostal code: 1018\n"
        "Workplace type: on-site\nEmployment type: parttime permanent\nHours per week: 24–32\n"
        "Salary: from 2600 EUR per month\nPublished: 2026-05-01\nURL: https://gooyer.example/o/molenaar\n\n"
        "Je maalt graan.\n\nRequirements\n\n- Sterke armen"
    )


def test_usajobs() -> None:
    assert text_of(USAJOBS) == (
        "Title: Lighthouse Keeper\nEmployer: Coast Service\nCity: Astoria, Oregon\nRegion: Oregon\n"
        "Country: United States\nEmployment type: Full-time, Permanent\nSalary: 41000.0 - 52000.0 per year\n"
        "Openings: 2\nReference: ST-26-1\nPublished: 2026-04-01\nApply by: 2026-04-15\nURL: https://jobs.example/1\n"
        "Apply at: https://jobs.example/1/apply\n\n"
        "Summary\n\nKeep the light.\n\nDuties\n\n- Trim the lamp.\n- Log each ship.\n\nQualifications\n\n"
        "Two years at sea."
    )


def test_jobtech() -> None:
    document = document_of(JOBTECH)
    assert document.text == (
        "Title: Snickare\nEmployer: Varvet AB\nDepartment: Varvet AB\nAddress: Kajen 2, 39231, KALMAR\nCity: Kalmar\n"
        "Region: Kalmar län\nCountry: Sverige\nPostal code: 39231\n"
        "Employment type: Vanlig anställning, Heltid, Tillsvidare\nScope: 100 %\nOpenings: 2\nTerms: Heltid\n"
        "Required skills: Träbearbetning\nRequired languages: Svenska\nReference: V7\nPublished: 2026-06-01\n"
        "Apply by: 2026-06-30\nE-mail: jobb@varvet.example\n\n"
        "Vi bygger båtar.\n\nDu bör:\n- hyvla\n- limma"
    )
    assert parts(document)[-3:] == [("heading", "Du bör:"), ("item", "hyvla"), ("item", "limma")]


def test_any_object_with_a_title_and_a_description() -> None:
    job = {
        "@type": "JobPosting",
        "title": "Beekeeper",
        "description": "<p>Keep bees.</p>",
        "datePosted": "2026-07-08",
        "hiringOrganization": {"@type": "Organization", "name": "Apis"},
        "jobLocation": {"address": {"addressLocality": "Umeå", "addressCountry": "SE"}},
        "skills": ["smoke", "calm"],
        "salary_min": 30000,
        "benefits": "Honey. " * 40,
        "nothing": None,
    }
    assert text_of(job) == (
        "Title: Beekeeper\nDate posted: 2026-07-08\nHiring organization: Apis\nAddress locality: Umeå\n"
        "Address country: SE\nSkills: smoke, calm\nSalary min: 30000\n\nKeep bees.\n\nBenefits\n\n"
        + ("Honey. " * 40).strip()
    )


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "Cook"}',
        '{"title": "", "description": "We cook."}',
        '["Cook", "Baker"]',
        '{"title": "Cook", "description": "We cook."',
        "[Company] seeks a cook",
        "{{ title }} wanted",
        "[" * 100_000 + "x",
    ],
)
def test_what_is_no_job_is_text_as_it_stands(text: str) -> None:
    document = read(text.encode(), source="test")
    assert document.media_type == "text/plain"
    assert document.text.startswith(text[:20])


def test_strings_of_json_hold_what_text_may_not() -> None:
    job = {"title": "Cook\ud83d \u0000x", "description": "We\r\ncook.\u2028Daily.", "count": 1e400}
    assert text_of(job) == "Title: Cook\ufffd x\nCount: inf\n\nWe\ncook.\nDaily."


@pytest.mark.parametrize(
    "reply",
    [
        {"jobs": [GREENHOUSE, GREENHOUSE], "meta": {"total": 2}},
        [LEVER, LEVER, LEVER],
        {"offers": [RECRUITEE, RECRUITEE]},
        {"SearchResult": {"SearchResultCount": 2, "SearchResultItems": [USAJOBS, USAJOBS]}},
        {"total": {"value": 2}, "hits": [JOBTECH, JOBTECH]},
        {"apiVersion": "1", "jobs": [ASHBY, {"id": "no job"}, ASHBY]},
    ],
)
def test_a_reply_with_several_jobs_is_several_postings(reply: Any, tmp_path: Path) -> None:
    file = tmp_path / "reply.json"
    file.write_text(json.dumps(reply))
    with pytest.raises(UnreadableError) as error:
        read(file.read_bytes(), source="a.txt")
    count = 3 if isinstance(reply, list) else 2
    assert str(error.value).startswith(f"a.txt: this holds {count} postings; `extractor extract` takes each by itself")
    documents = list(postings(file))
    assert len(documents) == count
    for number, document in enumerate(documents, 1):
        assert isinstance(document, Document)
        assert document.source == f"{file}#{number}"
        assert document.text.startswith("Title: ")


def test_the_jobs_of_a_reply_have_its_ids_and_fail_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "reply.json"
    long = {"id": 3, "title": "Long", "description": "x" * 2_000}
    nameless = {"title": "Cook", "description": "We cook."}
    file.write_text(json.dumps([GREENHOUSE, nameless, long]))
    first, second, third = postings(file, max_bytes=1_900)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Failure)
    assert (first.id, second.id, third.id) == ("411", "reply-2", "3")
    assert "over the limit of 1,900" in str(third.error)


def test_one_job_in_a_reply_is_the_posting(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"jobs": [LEVER]}))
    (document,) = postings(file)
    assert isinstance(document, Document)
    assert (document.id, document.source) == ("a", str(file))
    assert document.text == text_of(LEVER)


def test_a_line_of_json_that_is_a_job_of_an_api(tmp_path: Path) -> None:
    file = tmp_path / "jobs.jsonl"
    file.write_text(json.dumps(LEVER) + "\n" + json.dumps({"id": "b", "text": "We cook."}) + "\n")
    first, second = postings(file)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.id, first.text) == (LEVER["id"], text_of(LEVER))
    assert (second.id, second.text) == ("b", "We cook.")


def test_a_reply_too_large_to_hold_is_said(tmp_path: Path) -> None:
    file = tmp_path / "reply.json"
    file.write_text(json.dumps([LEVER] * 3))
    (failure,) = postings(file, max_bytes=10)
    assert isinstance(failure, Failure)
    assert "save its jobs as lines of JSON" in str(failure.error)


def test_the_facts_of_fields_are_proven() -> None:
    with Extractor(model="rules") as extractor:
        found = extractor.extract(document_of(USAJOBS)).to_dict()
        record = found["record"]
        assert record["title"] == "Lighthouse Keeper"
        assert record["posted_on"] == "2026-04-01"
        assert record["apply_by"] == "2026-04-15"
        assert record["locations"] == [{"city": "Astoria", "region": "Oregon", "country": "US", "postal_code": None}]
        assert record["salary"] == {"min": 41000, "max": 52000, "currency": None, "period": "year"}
        assert record["employment_types"] == ["full_time", "permanent"]
        assert record["openings"] == 2
        grades = {span["grade"] for name in ("/posted_on", "/apply_by", "/salary") for span in found["evidence"][name]}
        assert grades == {"derived"}
        record = extractor.extract(document_of(LEVER)).to_dict()["record"]
        assert (record["title"], record["workplace"], record["employment_types"]) == ("Baker", "on_site", ["part_time"])
        assert record["salary"] == {"min": 180, "max": 210.5, "currency": "SEK", "period": "hour"}
