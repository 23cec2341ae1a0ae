"""The text's record against what the page publishes: a reader's verdicts, and filling the one from the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from extractor import Extractor
from extractor.errors import SchemaError
from extractor.grounding import Grade, Span
from extractor.outcome import Extraction
from extractor.published.reconciling import PUBLISHED, Verdict, merged, reconcile, stated
from extractor.records.posting import JobPosting

if TYPE_CHECKING:
    from pathlib import Path

EMPTY: dict[str, Any] = {
    name: [] if "list" in str(field.annotation) else None for name, field in JobPosting.model_fields.items()
} | {"kind": "vacancy", "language": "en"}
PAY = {"min": 3000.0, "max": 3500.0, "currency": "EUR", "period": "month"}


def verdict(field: str, text: Any, page: Any) -> str:
    """What is said of the one fact of a field."""
    found = reconcile({**EMPTY, field: text}, {field: page})
    first = found.get(f"/{field}") or found[f"/{field}/0"]
    if first.kind == "only_text" and first.page is not None:
        return "can't tell"
    return first.kind


@pytest.mark.parametrize(
    ("field", "text", "page", "kind"),
    [
        ("title", "Night baker", "Night Baker (m/f/x)", "agree"),
        ("title", "Software-Entwickler", "Softwareentwickler:in", "agree"),
        ("title", "Night baker", "Pastry cook", "conflict"),
        ("reference", "NB-7", "nb7", "agree"),
        ("reference", "NB-7", "4711", "can't tell"),
        ("employer", {"name": "Norrbrød AB"}, {"name": "norrbrød"}, "agree"),
        ("employer", {"name": "Tre Ovner A/S"}, {"name": "Tre Ovner"}, "agree"),
        ("employer", {"name": "Forno S.p.A."}, {"name": "Forno SpA"}, "agree"),
        ("employer", {"name": "Norrbrød AB"}, {"name": "Sydbrød AB"}, "conflict"),
        ("employer", {"name": None}, {"name": "Agency"}, "can't tell"),
        ("employer", {"name": None, "website": "www.a.example"}, {"website": "https://a.example/jobs"}, "agree"),
        ("locations", [{"city": "Lund"}], [{"city": "LUND", "country": "SE"}], "agree"),
        ("locations", [{"city": "Lund", "country": "SE"}], [{"country": "SE"}], "agree"),
        ("locations", [{"city": "Berlin"}], [{"region": "Berlin"}], "agree"),
        (
            "locations",
            [{"city": "Munich", "postal_code": "80331"}],
            [{"city": "München", "postal_code": "80331"}],
            "agree",
        ),
        ("locations", [{"city": "Lund"}], [{"city": "Ystad"}], "conflict"),
        ("locations", [{"city": "Lund", "country": "SE"}], [{"city": "Lund", "country": "NO"}], "conflict"),
        ("locations", [{"city": "Lund"}], [{"country": "SE"}], "only_text"),
        ("locations", [{"city": "Lund"}], [{"city": "Ystad"}, {"city": "Malmö"}], "only_text"),
        ("workplace", "hybrid", "remote", "conflict"),
        ("employment_types", ["full_time"], ["part_time"], "conflict"),
        ("employment_types", ["fixed_term"], ["temporary"], "agree"),
        ("employment_types", ["permanent"], ["full_time"], "only_text"),
        ("openings", 2, 2, "agree"),
        ("hours_per_week", {"min": 20, "max": None}, {"min": 20, "max": 25}, "agree"),
        ("hours_per_week", {"min": 20, "max": 25}, {"min": 40, "max": 40}, "conflict"),
        ("start", "2025-03", "2025-03-15", "agree"),
        ("start", "2025-03-01", "2025-04-01", "conflict"),
        ("start", "immediately", "2025-04-01", "can't tell"),
        ("salary", PAY, PAY, "agree"),
        ("salary", PAY, {"min": 3000, "period": "month"}, "agree"),
        ("salary", PAY, {"min": 36_000, "max": 42_000, "period": "year"}, "agree"),
        ("salary", PAY, {**PAY, "currency": "CHF"}, "conflict"),
        ("salary", PAY, {**PAY, "max": 4500}, "conflict"),
        ("salary", PAY, {"min": 18, "period": "hour"}, "can't tell"),
        ("salary", {**PAY, "period": None}, {"min": 36_000, "period": "year"}, "can't tell"),
        ("posted_on", "2025-03-01", "2025-03-01", "agree"),
        ("apply_by", "2025-03-01", "2025-03-02", "conflict"),
        ("experience", [{"area": "sales", "min_years": 3}], [{"min_years": 3}], "agree"),
        ("experience", [{"area": None, "min_years": 3}], [{"min_years": 5}], "conflict"),
        ("experience", [{"area": "sales", "min_years": 3}], [{"area": "law", "min_years": 5}], "only_text"),
        ("education", [{"level": "bachelor", "fields": []}], [{"level": "master"}], "conflict"),
        ("skills", [{"name": "SQL"}], [{"name": "sql."}], "agree"),
        ("skills", [{"name": "SQL"}], [{"name": "Python"}], "only_text"),
        ("responsibilities", ["Sales"], ["Sales of bread, cakes and coffee in our shop at the market"], "only_text"),
        ("contacts", [{"phone": "030 1234567"}], [{"phone": "+49 30 123 45 67"}], "agree"),
        ("apply_urls", ["www.a.example/jobs/"], ["https://a.example/jobs"], "agree"),
    ],
)
def test_a_verdict_is_a_readers(field: str, text: Any, page: Any, kind: str) -> None:
    assert verdict(field, text, page) == kind


def test_what_one_side_alone_states_is_said_with_its_value() -> None:
    text = {
        **EMPTY,
        "title": "Cook",
        "skills": [{"name": "SQL"}, {"name": "Python"}],
        "languages": [{"language": "de"}],
    }
    page = {"posted_on": "2025-03-01", "skills": [{"name": "Python"}, {"name": "Excel"}, {"name": "Word"}]}
    assert reconcile(text, page) == {
        "/title": Verdict("only_text"),
        "/posted_on": Verdict("only_page", "2025-03-01"),
        "/skills/0": Verdict("only_text"),
        "/skills/1": Verdict("agree", {"name": "Python"}),
        "/skills/-": Verdict("only_page", [{"name": "Excel"}, {"name": "Word"}]),
    }


SIDES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Cook", "Night cook", "Baker"]),
        "salary": st.fixed_dictionaries(
            {"min": st.sampled_from([10.0, 20.0])},
            optional={
                "currency": st.sampled_from(["EUR", "SEK"]),
                "period": st.sampled_from(["month", "year", "hour"]),
            },
        ),
        "locations": st.lists(
            st.fixed_dictionaries(
                {}, optional={"city": st.sampled_from(["Lund", "Oslo"]), "country": st.sampled_from(["SE", "NO"])}
            ).filter(bool),
            min_size=1,
            max_size=2,
            unique_by=str,
        ),
        "employment_types": st.lists(st.sampled_from(["full_time", "part_time"]), min_size=1, unique=True),
    },
)


def whole(part: dict[str, Any]) -> JobPosting:
    lacking = {"city": None, "region": None, "country": None, "postal_code": None}
    facts = {**EMPTY, **part, "locations": [{**lacking, **place} for place in part.get("locations", [])]}
    if "salary" in part:
        facts["salary"] = {"min": None, "max": None, "currency": None, "period": None} | part["salary"]
    return JobPosting.model_validate(facts)


@given(SIDES)
def test_a_page_that_says_the_same_agrees_in_all(side: dict[str, Any]) -> None:
    assert {one.kind for one in reconcile(whole(side).model_dump(mode="json"), side).values()} <= {"agree"}


@given(SIDES, SIDES)
def test_merging_keeps_what_the_text_states_and_marks_what_it_adds(text: dict[str, Any], page: dict[str, Any]) -> None:
    record = whole(text)
    before = record.model_dump(mode="json")
    proof = (Span(0, 4, Grade.CITED),)
    proven = {f"/{name}": proof for name in ("title", "salary") if name in text}
    for name in ("locations", "employment_types"):
        proven |= {f"/{name}/{place}": proof for place in range(len(text.get(name, ())))}
    after, evidence = merged(record, proven, page)
    facts = after.model_dump(mode="json")
    for pointer, one in reconcile(before, page).items():
        if one.kind in ("conflict", "only_text"):
            name, _, place = pointer[1:].partition("/")
            assert (facts[name][int(place)] if place else facts[name]) == (
                before[name][int(place)] if place else before[name]
            )
            assert evidence[pointer] == proof
    for name in before:
        if before[name] != facts[name]:
            assert any(pointer.split("/")[1] == name and PUBLISHED in spans for pointer, spans in evidence.items())
    # and what was filled isn't taken for the text's
    assert reconcile(stated(facts, evidence), page) == reconcile(before, page)


def test_merging_fills_what_is_open_and_no_more() -> None:
    text = {"title": "Cook", "salary": {"min": 3000.0, "period": "month"}, "locations": [{"city": "Lund"}]}
    page = {
        "title": "Baker",
        "salary": {**PAY, "max": 3500.0},
        "locations": [{"city": "Lund", "country": "SE"}],
        "skills": [{"name": "SQL"}],
        "benefits": ["Tea"],
        "employer": {"name": "Norrbrød AB"},
    }
    spans = {"/salary": (Span(3, 7, Grade.DERIVED),), "/title": (Span(0, 4, Grade.VERBATIM),)}
    record, evidence = merged(whole(text), spans, page)
    assert record.title == "Cook"
    assert record.salary is not None
    assert record.salary.model_dump() == PAY
    assert record.locations[0].country == "SE"
    assert record.skills == []  # whose type nobody says
    assert record.benefits == ["Tea"]
    assert record.employer is not None
    assert record.employer.model_dump() == {
        "name": "Norrbrød AB",
        "website": None,
        "industry": None,
        "on_behalf_of_client": False,
    }
    assert evidence == {
        "/title": spans["/title"],
        "/salary": (*spans["/salary"], PUBLISHED),
        "/locations/0": (PUBLISHED,),
        "/benefits/0": (PUBLISHED,),
        "/employer": (PUBLISHED,),
    }


def test_pay_by_the_year_fills_no_pay_by_the_month() -> None:
    text = {"salary": {"min": 3000.0, "period": "month"}}
    record, evidence = merged(whole(text), {}, {"salary": {"min": 36_000.0, "max": 42_000.0, "period": "year"}})
    assert record == whole(text)
    assert evidence == {}


PAGE = """<html><body><script type="application/ld+json">
{"@type": "JobPosting", "title": "Night baker", "datePosted": "2025-03-01", "validThrough": "2025-04-15",
 "hiringOrganization": "Null"}
</script><h1>Night baker</h1><p>Norrbrød AB is looking for a night baker in Lund. Apply by 30 April 2025.</p>
<h2>Your tasks</h2><ul><li>Bake bread at night</li><li>Clean the ovens</li></ul>
<h2>Your profile</h2><ul><li>Good knowledge of sourdough</li></ul></body></html>"""


def test_an_extraction_says_how_its_text_stands_to_its_page(tmp_path: Path) -> None:
    page = tmp_path / "baker.html"
    page.write_text(PAGE, "utf-8")
    with Extractor(model="rules") as extractor:
        plain = extractor.extract(page)
        silent = extractor.extract("Night baker wanted.")
    with Extractor(model="rules", merge=True) as extractor:
        filled = extractor.extract(page)
    assert plain.published == {"title": "Night baker", "posted_on": "2025-03-01", "apply_by": "2025-04-15"}
    assert plain.reconciliation["/title"].kind == "agree"
    assert plain.reconciliation["/apply_by"] == Verdict("conflict", "2025-04-15")
    assert plain.reconciliation["/posted_on"] == Verdict("only_page", "2025-03-01")
    assert plain.warnings == ("JobPosting of the page: hiringOrganization: 'Null' says nothing.",)
    assert filled.record.posted_on is not None
    assert filled.record.apply_by == plain.record.apply_by
    assert filled.evidence["/posted_on"] == (PUBLISHED,)
    assert filled.reconciliation == plain.reconciliation
    line = plain.to_dict()
    assert line["published"] == plain.published
    assert line["reconciliation"]["/apply_by"] == {"kind": "conflict", "page": "2025-04-15"}
    assert Extraction.restored(plain.document, JobPosting, plain.dumped()).to_dict() == line
    assert silent.published is None
    assert "published" not in silent.to_dict()
    assert "reconciliation" not in silent.to_dict()


def test_only_a_job_posting_has_words_in_schema_org() -> None:
    class Job(BaseModel):
        title: str

    with Extractor(model="rules") as extractor:
        made = extractor.extract("Night baker wanted in Lund.")
    assert made.to_jsonld()["description"] == "<p>Night baker wanted in Lund.</p>"
    assert replace(made, document=replace(made.document, source="https://example.org/7")).to_jsonld()["url"] == (
        "https://example.org/7"
    )
    other: Extraction[Job] = replace(made, record=Job(title="Baker"))  # type: ignore[arg-type, assignment]
    with pytest.raises(SchemaError, match="Job isn't JobPosting"):
        other.to_jsonld()
    page = replace(made.document, published=({"@type": "JobPosting", "title": "Baker"},))
    assert replace(other, document=page).published is None
