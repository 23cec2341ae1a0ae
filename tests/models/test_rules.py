from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractor.documents import from_text
from extractor.errors import EmptyDocumentError
from extractor.evaluation.scores import score
from extractor.models.base import Request
from extractor.models.rules import Rules, fill
from extractor.prompts import Prompt
from extractor.records.citing import AnswerSchema
from extractor.records.posting import JobPosting

SEEDS = Path(__file__).parents[2] / "seeds"
SCHEMA = AnswerSchema(JobPosting)

ENGLISH = """\
# Night Baker (m/f/d)

Company: Crumb & Crust Ltd
Location: Leeds, United Kingdom
Employment type: Part-time, permanent
Salary: £13.50 per hour
Hours: 24 hours per week
Closing date: 14 March 2026
Reference: CC-4471

## About the role

We bake for forty cafés in the north of England.

## Your tasks

- Prepare doughs and batters for the morning
- Run the deck ovens
- Clean the machines after each shift

## Requirements

- At least 3 years of experience in artisan baking
- Knowledge of food hygiene and HACCP
- Ability to work under pressure
- Willingness to work night shifts
- Good written and spoken English
- Driving licence is a plus

## We offer

- Free bread every day
- 28 days of paid leave

## How to apply

Send your CV and a cover letter to Ann Potter, ann.potter@example.org.
"""

GERMAN = """\
Teamleitung Lager (m/w/d)

Arbeitsort: Bremen
Vertragsart: unbefristet, Vollzeit
Referenznummer: L-2093

Ihre Aufgaben

- Planung der Schichten
- Führung eines Teams von zwölf Personen

Ihr Profil

- Abgeschlossene Berufsausbildung als Fachkraft für Lagerlogistik
- Mindestens 2 Jahre Berufserfahrung in der Intralogistik
- Gute Kenntnisse in SAP und Excel
- Teamfähigkeit und Belastbarkeit
- Sehr gute Deutschkenntnisse

Wir bieten

- 30 Tage Urlaub
- Betriebliche Altersvorsorge

Bitte senden Sie Ihren Lebenslauf bis zum 31.05.2026 an bewerbung@example.org.
"""

SWEDISH = """\
Trädgårdsmästare

Ort: Lund
Anställningsform: Tillsvidare
Sista ansökningsdag: 2026-04-30

Arbetsuppgifter

- Sköta stadens parker
- Beskära träd och buskar

Kvalifikationer

- Erfarenhet av grönyteskötsel
- Kunskaper om växter och jord
- B-körkort
- Det är meriterande om du har motorsågskörkort

Vi erbjuder

- Friskvårdsbidrag
"""


def record(text: str) -> dict[str, Any]:
    document = from_text(text)
    answer = SCHEMA.response_model.model_validate(fill(document))
    return JobPosting.model_validate(SCHEMA.assemble(SCHEMA.claims(answer, document))).model_dump(mode="json")


def of(items: list[dict[str, Any]], *keys: str) -> list[Any]:
    return [item[keys[0]] if len(keys) == 1 else tuple(item[key] for key in keys) for item in items]


@pytest.fixture(scope="module")
def english() -> dict[str, Any]:
    return record(ENGLISH)


@pytest.fixture(scope="module")
def german() -> dict[str, Any]:
    return record(GERMAN)


@pytest.fixture(scope="module")
def swedish() -> dict[str, Any]:
    return record(SWEDISH)


def test_labelled_lines_fill_the_header(english: dict[str, Any]) -> None:
    assert (english["kind"], english["language"], english["title"]) == ("vacancy", "en", "Night Baker")
    assert english["employer"]["name"] == "Crumb & Crust Ltd"
    assert english["locations"] == [{"city": "Leeds", "region": None, "country": "GB", "postal_code": None}]
    assert sorted(english["employment_types"]) == ["part_time", "permanent"]
    assert english["salary"] == {"min": 13.5, "max": 13.5, "currency": "GBP", "period": "hour"}
    assert english["hours_per_week"] == {"min": 24, "max": 24}
    assert english["apply_by"] == "2026-03-14"
    assert english["reference"] == "CC-4471"


def test_items_of_a_section_are_taken_whole(english: dict[str, Any]) -> None:
    assert english["responsibilities"] == [
        "Prepare doughs and batters for the morning",
        "Run the deck ovens",
        "Clean the machines after each shift",
    ]
    assert english["benefits"] == ["Free bread every day", "28 days of paid leave"]


def test_the_profile_is_taken_apart(english: dict[str, Any]) -> None:
    assert of(english["experience"], "area", "min_years", "max_years") == [("artisan baking", 3, None)]
    names = of(english["skills"], "name")
    assert {"artisan baking", "food hygiene", "HACCP", "work under pressure"} <= set(names)
    assert of(english["languages"], "language", "level") == [("en", "B2")]
    assert of(english["conditions"], "kind", "requirement") == [
        ("shift_work", "required"),
        ("driving_licence", "preferred"),
    ]


def test_how_to_apply(english: dict[str, Any]) -> None:
    assert english["contacts"] == [{"name": "Ann Potter", "email": "ann.potter@example.org", "phone": None}]
    assert english["application_documents"] == ["CV", "cover letter"]


def test_german(german: dict[str, Any]) -> None:
    assert (german["language"], german["title"], german["reference"]) == ("de", "Teamleitung Lager", "L-2093")
    assert of(german["locations"], "city") == ["Bremen"]
    assert sorted(german["employment_types"]) == ["full_time", "permanent"]
    assert german["responsibilities"] == ["Planung der Schichten", "Führung eines Teams von zwölf Personen"]
    assert german["benefits"] == ["30 Tage Urlaub", "Betriebliche Altersvorsorge"]
    assert of(german["education"], "level") == ["vocational"]
    assert of(german["experience"], "area", "min_years") == [("Intralogistik", 2)]
    assert {"SAP", "Excel", "Teamfähigkeit", "Belastbarkeit"} <= set(of(german["skills"], "name"))
    assert of(german["languages"], "language", "level") == [("de", "C1")]
    assert german["apply_by"] == "2026-05-31"
    assert of(german["contacts"], "email") == ["bewerbung@example.org"]
    assert german["application_documents"] == ["Lebenslauf"]


def test_swedish(swedish: dict[str, Any]) -> None:
    assert (swedish["language"], swedish["title"]) == ("sv", "Trädgårdsmästare")
    assert of(swedish["locations"], "city") == ["Lund"]
    assert swedish["employment_types"] == ["permanent"]
    assert swedish["apply_by"] == "2026-04-30"
    assert swedish["responsibilities"] == ["Sköta stadens parker", "Beskära träd och buskar"]
    assert swedish["benefits"] == ["Friskvårdsbidrag"]
    assert of(swedish["experience"], "area") == ["grönyteskötsel"]
    assert {"växter", "jord"} <= set(of(swedish["skills"], "name"))
    assert of(swedish["conditions"], "kind", "requirement")[0] == ("driving_licence", "required")


OTHERS = {
    "fr": (
        """\
Boulanger H/F

Entreprise : Au Bon Levain
Lieu : Nantes
Type de contrat : CDI, temps plein

Vos missions

- Pétrir et façonner les pains
- Entretenir le four

Votre profil

- Expérience de 2 ans en boulangerie artisanale
- Connaissance des farines anciennes
- Permis B exigé

Nous offrons

- Mutuelle et tickets restaurant
""",
        {
            "title": "Boulanger",
            "city": "Nantes",
            "employer": "Au Bon Levain",
            "types": ["full_time", "permanent"],
            "duties": ["Pétrir et façonner les pains", "Entretenir le four"],
            "benefits": ["Mutuelle et tickets restaurant"],
            "experience": [("boulangerie artisanale", 2)],
            "skill": "farines anciennes",
        },
    ),
    "es": (
        """\
Panadero

Empresa: Horno del Sur
Ubicación: Granada
Tipo de contrato: indefinido, jornada completa

Funciones

- Amasar y hornear el pan
- Limpiar el obrador

Requisitos

- Experiencia de 2 años en panadería artesanal
- Conocimientos de masa madre

Ofrecemos

- Pan gratis todos los días
""",
        {
            "title": "Panadero",
            "city": "Granada",
            "employer": "Horno del Sur",
            "types": ["full_time", "permanent"],
            "duties": ["Amasar y hornear el pan", "Limpiar el obrador"],
            "benefits": ["Pan gratis todos los días"],
            "experience": [("panadería artesanal", 2)],
            "skill": "masa madre",
        },
    ),
    "it": (
        """\
Panettiere

Azienda: Forno Antico
Sede di lavoro: Parma
Contratto: tempo indeterminato, full time

Attività

- Impastare e cuocere il pane
- Pulire il laboratorio

Requisiti

- Esperienza di 2 anni in panificazione artigianale
- Conoscenza dei lieviti naturali

Offriamo

- Pane gratis ogni giorno
""",
        {
            "title": "Panettiere",
            "city": "Parma",
            "employer": "Forno Antico",
            "types": ["full_time", "permanent"],
            "duties": ["Impastare e cuocere il pane", "Pulire il laboratorio"],
            "benefits": ["Pane gratis ogni giorno"],
            "experience": [("panificazione artigianale", 2)],
            "skill": "lieviti naturali",
        },
    ),
    "nl": (
        """\
Bakker (m/v)

Bedrijf: Het Brood
Locatie: Zwolle
Dienstverband: vast contract, fulltime

Wat ga je doen?

- Deeg kneden en brood bakken
- De oven schoonmaken

Wat vragen wij?

- Minimaal 2 jaar ervaring in een ambachtelijke bakkerij
- Kennis van zuurdesem

Wat bieden wij?

- Elke dag gratis brood
""",
        {
            "title": "Bakker",
            "city": "Zwolle",
            "employer": "Het Brood",
            "types": ["full_time", "permanent"],
            "duties": ["Deeg kneden en brood bakken", "De oven schoonmaken"],
            "benefits": ["Elke dag gratis brood"],
            "experience": [("ambachtelijke bakkerij", 2)],
            "skill": "zuurdesem",
        },
    ),
    "da": (
        """\
Bager

Virksomhed: Brød & Korn
Arbejdssted: Vejle
Ansættelsesform: fastansættelse, fuldtid

Arbejdsopgaver

- Ælte dej og bage brød
- Rengøre ovnen efter hver vagt

Kvalifikationer

- Mindst 2 års erfaring med surdejsbrød
- Kendskab til gamle kornsorter

Vi tilbyder

- Gratis brød hver dag
""",
        {
            "title": "Bager",
            "city": "Vejle",
            "employer": "Brød & Korn",
            "types": ["full_time", "permanent"],
            "duties": ["Ælte dej og bage brød", "Rengøre ovnen efter hver vagt"],
            "benefits": ["Gratis brød hver dag"],
            "experience": [("surdejsbrød", 2)],
            "skill": "gamle kornsorter",
        },
    ),
    "no": (
        """\
Baker

Arbeidsgiver: Brød og Korn AS
Arbeidssted: Molde
Ansettelsesform: fast stilling, heltid

Arbeidsoppgaver

- Elte deig og bake brød
- Gjøre ren ovnen etter hver vakt

Kvalifikasjoner

- Minst 2 års erfaring med surdeigsbrød
- Kunnskap om gamle kornsorter

Vi tilbyr

- Gratis brød hver dag
""",
        {
            "title": "Baker",
            "city": "Molde",
            "employer": "Brød og Korn AS",
            "types": ["full_time", "permanent"],
            "duties": ["Elte deig og bake brød", "Gjøre ren ovnen etter hver vakt"],
            "benefits": ["Gratis brød hver dag"],
            "experience": [("surdeigsbrød", 2)],
            "skill": "gamle kornsorter",
        },
    ),
}


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages(language: str) -> None:
    text, expected = OTHERS[language]
    found = record(text)
    assert (found["kind"], found["language"], found["title"]) == ("vacancy", language, expected["title"])
    assert found["employer"]["name"] == expected["employer"]
    assert of(found["locations"], "city") == [expected["city"]]
    assert sorted(found["employment_types"]) == expected["types"]
    assert found["responsibilities"] == expected["duties"]
    assert found["benefits"] == expected["benefits"]
    assert of(found["experience"], "area", "min_years") == expected["experience"]
    assert expected["skill"] in of(found["skills"], "name")


@pytest.mark.parametrize(
    ("demand", "names"),
    [
        ("Chef, Puppet or Ansible", ["Chef", "Puppet", "Ansible"]),
        ("Leadership and organizational skills", ["Leadership", "organizational skills"]),
        ("Thorough knowledge of networks and cloud computing", ["networks", "cloud computing"]),
        ("Experience with firewalls (iptables, pf)", ["firewalls", "iptables", "pf"]),
        ("Knowledge of cloud providers such as AWS", ["cloud providers", "AWS"]),
        ("Proficiency in network and system administration", ["network administration", "system administration"]),
        ("Ability to coach and mentor", ["coach", "mentor"]),
        ("Ability to plan, bake and sell fine bread", ["plan, bake and sell fine bread"]),
        ("Familiarity with Git or similar tools", ["Git"]),
        ("Interest in new ovens and old recipes", ["Interest in new ovens", "Interest in old recipes"]),
        ("Operation and support of deck ovens", ["Operation and support of deck ovens"]),
        ("Strong C++ and .NET knowledge", ["C++", ".NET"]),
    ],
)
def test_names_of_skills(demand: str, names: list[str]) -> None:
    found = record(
        f"# Baker\n\nWe are looking for a baker.\n\n## Your tasks\n\n- Bake\n\n## Requirements\n\n- {demand}\n"
    )
    assert of(found["skills"], "name") == names


@pytest.mark.parametrize(
    ("demand", "kinds"),
    [
        # classes of things, written as products are
        ("LANs, VPNs and SaaS", {"LANs": "hard", "VPNs": "hard", "SaaS": "hard"}),
        ("IT procurement", {"IT procurement": "hard"}),
        ("Grain Planner and WheatOS", {"Grain Planner": "tool", "WheatOS": "tool"}),
        ("Kenntnisse in Backstuben-Planung und Teig24", {"Backstuben-Planung": "hard", "Teig24": "tool"}),
        ("Planung von Öfen", {"Planung von Öfen": "hard"}),
    ],
)
def test_what_is_written_as_a_product_is_a_tool(demand: str, kinds: dict[str, str]) -> None:
    english = "# Baker\n\nWe are looking for a baker.\n\n## Your tasks\n\n- Bake\n\n## Requirements\n\n- {}\n"
    german = "# Bäcker\n\nWir suchen einen Bäcker.\n\n## Ihre Aufgaben\n\n- Backen\n\n## Ihr Profil\n\n- {}\n"
    text = german if "Kenntnisse" in demand or "Planung" in demand else english
    found = record(text.format(demand))["skills"]
    assert {name: kind for name, kind in of(found, "name", "type") if name in kinds} == kinds


def test_neither_years_nor_places_are_skills() -> None:
    text = """\
Baker

Location: Millbrook

Your profile

- Proven experience in rye baking, with at least 5 years of relevant experience
- Sourdough, Millbrook, spelt"""
    names = of(record(text)["skills"], "name")
    assert {"Sourdough", "spelt"} <= set(names)
    assert not [name for name in names if "years" in name or name == "Millbrook"]


@pytest.mark.parametrize(
    ("demand", "requirement"),
    [("Docker", "required"), ("Docker is a plus", "preferred"), ("Ideally Docker", "preferred")],
)
def test_soft_words_make_a_demand_preferred(demand: str, requirement: str) -> None:
    found = record(
        f"# Baker\n\nWe are looking for a baker.\n\n## Your tasks\n\n- Bake\n\n## Requirements\n\n- {demand}\n"
    )
    assert of(found["skills"], "name", "requirement") == [("Docker", requirement)]


def test_a_heading_makes_its_demands_preferred() -> None:
    found = record(
        "# Baker\n\n## Your tasks\n\n- Bake\n\n## Requirements\n\n- Rye\n\n## Nice to have\n\n- Spelt\n- Rye\n"
    )
    # what is asked for twice is required
    assert of(found["skills"], "name", "requirement") == [("Rye", "required"), ("Spelt", "preferred")]


def test_a_placeholder_is_no_value() -> None:
    found = record("# Baker\n\nLocation: [Specify the location]\n\n## Your tasks\n\n- Bake bread for our shops\n")
    assert found["locations"] == []
    assert found["placeholders"] == ["[Specify the location]"]


def test_json_fields_are_labels() -> None:
    fields = {
        "PositionTitle": "Night Baker",
        "OrganizationName": "Crumb & Crust",
        "DatePosted": "2026-02-01",
        "validThrough": "2026-03-01T00:00:00Z",
        "jobLocation": {"addressLocality": "Leeds", "addressCountry": "GB"},
        "responsibilities": None,
        "employmentType": "FULL_TIME",
    }
    found = record(json.dumps(fields, indent=1))
    assert found["title"] == "Night Baker"
    assert found["employer"]["name"] == "Crumb & Crust"
    assert (found["posted_on"], found["apply_by"]) == ("2026-02-01", "2026-03-01")
    assert of(found["locations"], "city") == ["Leeds"]
    assert found["responsibilities"] == []


def test_what_is_no_posting_has_no_facts() -> None:
    found = record("Page not found\n\nError 404: the page that you asked for is no longer here.\n")
    assert found["kind"] == "other"
    assert found["title"] is None
    assert found["skills"] == []


def test_two_vacancies_are_several() -> None:
    one = "## Your tasks\n\n- Bake bread\n\n## Your profile\n\n- Patience\n\n"
    found = record(f"# Baker\n\n{one}# Confectioner\n\n{one}")
    assert found["kind"] == "several"
    assert found["responsibilities"] == []


def test_the_seeds_are_read_sensibly() -> None:
    lines = [json.loads(line) for line in (SEEDS / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    gold = {line["id"]: line["record"] for line in lines}
    predicted = {line["id"]: record(line["content"]) for line in lines}
    scores = score(JobPosting, gold, predicted)
    assert scores.micro.relaxed.f1 is not None
    assert scores.micro.relaxed.f1 >= 0.75
    assert scores.fields["kind"].relaxed.f1 == 1.0


def check(text: str) -> None:
    try:
        document = from_text(text)
    except EmptyDocumentError:
        return
    answer = fill(document)
    assert json.loads(json.dumps(answer)) == answer
    known = range(len(document.segments))

    def cited(value: Any) -> None:
        if isinstance(value, dict):
            assert value["at"]
            assert all(number in known for number in value["at"])

    for value in answer.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, list):
                assert item
                assert all(number in known for number in item)
            else:
                cited(item)
    validated = SCHEMA.response_model.model_validate(answer)
    assert SCHEMA.faults(list(SCHEMA.claims(validated, document))) == []


PIECES = st.sampled_from(
    [
        *ENGLISH.splitlines(),
        *GERMAN.splitlines(),
        *SWEDISH.splitlines(),
        *["", " ", "(", ")", "- (", "/", ", ,", "and", "and and or", "such as", "e.g.", "(e.g.", "%", "100 %", "\t"],
        *["Experience in", "skills", "3 years", "Degree in", "C++", "Requirements:", "Salary: -", "Location: , ,"],
        *["---", "title:", "{", '"title": "x",', '"location": [', "{% comment %}", "{{ x }}", "[x](y)", "İ", "ﬁnance"],
        *["**", "**Tasks:** -", "We are looking for a", "[Specify the location]", "Jane Doe, jane@example.org"],
    ]
)


@given(st.lists(PIECES, max_size=25).map("\n".join))
@settings(max_examples=150, deadline=None)
def test_any_document_is_answered(text: str) -> None:
    check(text)


@given(st.lists(PIECES, max_size=10).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_any_line_is_answered(text: str) -> None:
    check(text)


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "piece", ["(", "a, ", "and ", "[(", "Experience in ", "such as ", '"a": ', "{% comment %}", "- x\n"]
)
def test_long_hostile_text_takes_linear_time(piece: str) -> None:
    check("# Baker\n\n## Requirements\n\n- " + piece * (20_000 // len(piece)))


def test_every_field_is_answered() -> None:
    assert set(fill(from_text(ENGLISH))) == set(JobPosting.model_fields)


def test_rules_keep_the_protocol_of_a_model() -> None:
    document = from_text(ENGLISH)

    async def ask() -> Any:
        rules = Rules()
        async with rules.connected():
            return await rules.answer(Request(document, SCHEMA, Prompt.load("posting")))

    reply = asyncio.run(ask())
    titles = [claim.value for claim in reply.claims if claim.field == "title"]
    assert titles == ["Night Baker"]
    assert reply.usage.requests == 0


def test_a_mail_is_called_as_its_subject_is() -> None:
    found = record(
        "Subject: Night Baker\nSent: Mon, 02 Nov 2026 10:00:00 +0100\n\n"
        "We are looking for a baker who works at night.\n\nRequirements\n\n- Two years of experience in baking\n"
    )
    assert found["title"] == "Night Baker"
