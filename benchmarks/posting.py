"""A made-up posting of 3,000 characters, and what a model would answer to it: 40 facts."""

from __future__ import annotations

import json
from typing import Any

_DUTIES = [
    "Plan the yearly maintenance of our pumping stations together with the crews in the field",
    "Keep the control software of all stations patched, documented and backed up",
    "Answer alarms of the telemetry network during office hours and find their causes",
    "Prepare tenders for replacement parts and compare the offers that come in",
    "Train new colleagues in the safe operation of valves, pumps and gauges",
    "Write the monthly report on availability, energy use and open faults",
    "Walk through each station twice a year and record the state of its equipment",
    "Support the engineering office when stations are built or extended",
    "Maintain the register of assets and its interface to the accounting system",
    "Coordinate outside contractors on site and accept their work",
]
_SKILLS = [
    "hydraulics", "PLC programming", "SCADA", "Python", "PostgreSQL", "Linux", "asset management", "budgeting",
    "risk assessment", "report writing", "negotiation", "teamwork", "patience", "curiosity", "time management",
    "first aid", "welding",
]  # fmt: skip
_BENEFITS = [
    "Thirty days of paid leave and the days between the years off",
    "A pension plan that we pay into from your first month",
    "A yearly budget for training that you choose yourself",
    "Two days a week from home once you know the stations",
]
_ABOUT = (
    "The waterworks of the valley supply nine towns and four hundred farms with drinking water from its own springs. "
    "What began with a single well is today a network of thirty stations, which a crew of sixty people keeps running "
    "around the clock, in dry summers as in frozen winters. "
)
_LINES = [
    "Maintenance Engineer Waterworks",
    "Employer: Valley Waterworks",
    "Place of work: Lower Springs",
    "Pay: 42,000 to 48,000 EUR per year",
    "Apply by 30 November 2026",
    _ABOUT * 3,
    "Your tasks:",
    *(f"- {duty}" for duty in _DUTIES),
    "Your profile:",
    *(f"- You know {skill} from your own daily work in the field" for skill in _SKILLS),
    "We offer:",
    *(f"- {benefit}" for benefit in _BENEFITS),
    "Questions? Write to jobs@waterworks.example or call Robin Weller.",
]
TEXT = "\n".join(_LINES)
FACTS = 40


def answer(segments: list[str]) -> dict[str, Any]:
    """What a model would answer, given the segments as it is shown them."""

    def at(words: str) -> list[int]:
        return [next(number for number, segment in enumerate(segments) if words in segment)]

    return {
        "kind": {"value": "vacancy", "at": [0]},
        "language": {"value": "en", "at": at("What began")},
        "title": {"value": _LINES[0], "at": [0]},
        "reference": None,
        "employer": {
            "name": "Valley Waterworks", "website": None, "industry": None, "on_behalf_of_client": False,
            "at": at("Employer"),
        },
        "locations": [
            {"city": "Lower Springs", "region": None, "country": None, "postal_code": None, "at": at("Place of work")}
        ],
        "workplace": {"value": "hybrid", "at": at("from home")},
        "employment_types": [],
        "seniority": None,
        "openings": None,
        "hours_per_week": None,
        "start": None,
        "duration_months": None,
        "salary": {"min": 42000, "max": 48000, "currency": "EUR", "period": "year", "at": at("Pay:")},
        "posted_on": None,
        "apply_by": {"value": "2026-11-30", "at": at("Apply by")},
        "experience": [],
        "education": [],
        "skills": [
            {"name": skill, "type": "hard", "requirement": "required", "at": at(f"know {skill}")} for skill in _SKILLS
        ],
        "languages": [],
        "certifications": [],
        "conditions": [],
        "responsibilities": [at(duty) for duty in _DUTIES],
        "benefits": [at(benefit) for benefit in _BENEFITS],
        "contacts": [
            {"name": "Robin Weller", "email": "jobs@waterworks.example", "phone": None, "at": at("Questions")}
        ],
        "apply_urls": [],
        "application_documents": [],
        "placeholders": [],
    }  # fmt: skip


def record(given: dict[str, Any]) -> str:
    """The same answer as a bare record, the way a client without citations is answered."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: part for key, part in value.items() if key != "at"}
            return kept["value"] if set(kept) == {"value"} else kept
        return value

    plain = {
        name: [bare(item) for item in value] if isinstance(value, list) else bare(value)
        for name, value in given.items()
    }
    return json.dumps({**plain, "responsibilities": _DUTIES, "benefits": _BENEFITS}, ensure_ascii=False)


def another(number: int) -> str:
    """The same posting in other words here and there, so that no two are one document; the answers to it hold."""
    return TEXT.replace("supply nine", f"supply {number + 20}").replace("work in the field", f"work in field {number}")


def extractions(given: dict[str, Any]) -> str:
    """The same facts as langextract is answered: of each its class, the words that state it, and its other parts."""

    def stated(name: str, words: str, parts: dict[str, Any]) -> dict[str, Any]:
        return {name: words, f"{name}_attributes": {key: str(part) for key, part in parts.items() if part is not None}}

    employer, place, contact = given["employer"], given["locations"][0], given["contacts"][0]
    facts = [
        stated("kind", _LINES[0], {"value": given["kind"]["value"]}),
        stated("language", "What began with a single well", {"value": given["language"]["value"]}),
        stated("title", _LINES[0], {}),
        stated("employer", employer["name"], {}),
        stated("location", place["city"], {}),
        stated("workplace", _BENEFITS[-1], {"value": given["workplace"]["value"]}),
        stated("salary", "42,000 to 48,000 EUR per year", dict(list(given["salary"].items())[:-1])),
        stated("apply_by", "30 November 2026", {"value": given["apply_by"]["value"]}),
        *(stated("skill", skill["name"], {"type": skill["type"], "requirement": skill["requirement"]})
          for skill in given["skills"]),
        *(stated("responsibility", duty, {}) for duty in _DUTIES),
        *(stated("benefit", benefit, {}) for benefit in _BENEFITS),
        stated("contact", contact["name"], {"email": contact["email"]}),
    ]  # fmt: skip
    return json.dumps({"extractions": facts}, ensure_ascii=False)
