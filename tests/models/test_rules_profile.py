"""What the built-in rules take for a skill, and what they don't."""

from __future__ import annotations

from typing import Any

import pytest

from extractor.documents import from_text
from extractor.models.rules import fill

# A posting up to its demands, and a demand behind them: long enough to tell its language.
FRAMES = {
    "en": (
        "# Cook\n\n## Your tasks\n\n- You cook for the guests of the house\n\n## Requirements\n\n",
        "Careful with it",
    ),
    "de": (
        "# Koch\n\n## Ihre Aufgaben\n\n- Sie kochen für die Gäste und das Haus\n\n## Ihr Profil\n\n",
        "Mit uns und für sie",
    ),
    "fr": (
        "# Chef\n\n## Vos missions\n\n- Vous cuisinez pour les clients de la maison\n\n## Profil\n\n",
        "Pour vous et les nôtres",
    ),
    "es": (
        "# Chef\n\n## Funciones\n\n- Cocinar para los huéspedes de la casa\n\n## Requisitos\n\n",
        "Con los que se quiere",
    ),
    "it": (
        "# Cuoco\n\n## Mansioni\n\n- Cucinare per gli ospiti della casa\n\n## Requisiti\n\n",
        "Con gli altri e per il bene",
    ),
    "nl": (
        "# Kok\n\n## Taken\n\n- Je kookt voor de gasten van het huis\n\n## Functie-eisen\n\n",
        "Met ons en voor het huis",
    ),
    "sv": (
        "# Kock\n\n## Uppgifter\n\n- Du lagar mat för gästerna i huset\n\n## Kvalifikationer\n\n",
        "Med oss och för det",
    ),
    "da": (
        "# Kok\n\n## Opgaver\n\n- Du laver mad til gæsterne i huset\n\n## Kvalifikationer\n\n",
        "Med os og for det til dig",
    ),
}


def answer(language: str, *demands: str) -> dict[str, Any]:
    before, behind = FRAMES[language]
    found = fill(from_text(before + "".join(f"- {demand}\n" for demand in (*demands, behind))))
    assert found["language"]["value"] == language
    return found


def names(language: str, demand: str) -> list[str]:
    """The skills of one demand, without those of the frame."""
    frame = {skill["name"] for skill in answer(language)["skills"]}
    return [skill["name"] for skill in answer(language, demand)["skills"] if skill["name"] not in frame]


@pytest.mark.parametrize(
    ("language", "demand", "expected"),
    [
        # two things are two, also where one of them has a complement
        ("fr", "Rigueur et esprit d'équipe", ["Rigueur", "esprit d'équipe"]),
        ("it", "Affidabilità e spirito di iniziativa", ["Affidabilità", "spirito di iniziativa"]),
        ("es", "Panadería y normas de higiene", ["Panadería", "normas de higiene"]),
        ("es", "Selección y conservación de quesos", ["Selección y conservación de quesos"]),
        # the clause behind a skill names no further ones
        (
            "en",
            "Communication skills to deal with growers, millers and drivers",
            ["Communication skills"],
        ),
        # the verb that two ways of working share
        ("sv", "Förmåga att arbeta självständigt och i grupp", ["arbeta självständigt", "arbeta i grupp"]),
        # a slash within a noun phrase, and one between two
        ("en", "Experience with the wine growing/bottling trade", ["wine growing/bottling trade"]),
        ("en", "Knowledge of budgeting/forecasting", ["budgeting", "forecasting"]),
        # a hyphen joins what otherwise praises
        ("en", "Experience with high-pressure steaming", ["high-pressure steaming"]),
        # praise behind the demand
        ("da", "Erfaring med projektledelse er en fordel", ["projektledelse"]),
        ("de", "Grundkenntnisse in Python sind von Vorteil", ["Python"]),
        ("nl", "Ervaring met het begeleiden van teams is een pré", ["begeleiden van teams"]),
    ],
)
def test_a_skill_is_named_in_full_and_alone(language: str, demand: str, expected: list[str]) -> None:
    assert names(language, demand) == expected


@pytest.mark.parametrize(
    ("language", "demand"),
    [
        ("en", "Work with customers"),
        ("en", "Experience as a cook"),
        ("en", "See [our page](https://example.org/cooks)"),
        ("en", "Cook"),
    ],
)
def test_people_roles_and_links_are_no_skills(language: str, demand: str) -> None:
    assert names(language, demand) == []


def test_what_somebody_worked_with_is_a_skill_what_they_worked_as_is_none() -> None:
    assert names("en", "Two years of experience as a baker with Linux and Excel") == ["Linux", "Excel"]


def test_a_question_and_an_instruction_demand_nothing() -> None:
    before, behind = FRAMES["en"]
    text = f"{before}Does baking passion you?\n\nProvide your resume and describe baking.\n\n- {behind}\n"
    assert [skill["name"] for skill in fill(from_text(text))["skills"]] == [s["name"] for s in answer("en")["skills"]]


def test_running_text_beside_a_profile_names_no_skills_but_those_of_experience() -> None:
    before, behind = FRAMES["en"]
    text = (
        before.replace("# Cook\n", "# Cook\n\nYou need courage. You need experience with sourdough.\n")
        + f"- {behind}\n"
    )
    found = [skill["name"] for skill in fill(from_text(text))["skills"]]
    assert "sourdough" in found
    assert "courage" not in found


def test_a_frameworks_longer_name_yields_to_its_short_one() -> None:
    assert names("en", "Scrum methods, Kanban and Scrum") == ["Kanban", "Scrum"]


def test_only_what_stands_behind_ideally_is_preferred() -> None:
    found = answer("en", "Experience with Linux, ideally Debian")
    wanted = {skill["name"]: skill["requirement"] for skill in found["skills"]}
    assert (wanted["Linux"], wanted["Debian"]) == ("required", "preferred")
    assert [(one["area"], one["requirement"]) for one in found["experience"]] == [("Linux", "required")]


def test_an_area_of_experience_ends_before_praise() -> None:
    found = answer("en", "Experience in a busy kitchen preferred, besides a love of bread")
    assert [one["area"] for one in found["experience"]] == ["busy kitchen"]
