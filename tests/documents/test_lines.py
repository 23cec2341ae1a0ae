from __future__ import annotations

import pytest

from extractor.documents import read

from .seen import parts, seen

BULLETS = "- * + • · – ▪ ● ◦ ✓ ✔ ➢ → \uf0b7 🚀"
NUMBERS = "1. 12. 1) (1) a) (b) iv) 2.1."


@pytest.mark.parametrize(
    "marker",
    [*(f"{mark} " for mark in f"{BULLETS} {NUMBERS}".split()), "•\t", "-\t", "o\t", "o  ", "  - ", "\t• ", "•", "-"],
)
def test_list_markers(marker: str) -> None:
    text = f"We offer you:\n{marker}Free lunch\n{marker}Time off\n"
    document = read(text.encode(), source="test")
    assert parts(document) == [("heading", "We offer you:"), ("item", "Free lunch"), ("item", "Time off")]
    assert document.text[document.segments[1].start : document.segments[1].body] == marker.lstrip()


@pytest.mark.parametrize(
    "line",
    [
        "-5 degrees in the cold store",
        "*Terms apply",
        "+49 30 1234 is our number",
        "3.5 years of it",
        "10. Oktober ist der Termin",
        "1. mars er fristen",
        "on call at night",
        "2025 was a good year",
        "#1 in Europe",
    ],
)
def test_what_looks_like_a_marker(line: str) -> None:
    assert seen(f"We cook.\n\n{line}") == [("text", "We cook."), ("text", line)]


def test_a_bullet_on_a_line_of_its_own() -> None:
    assert seen("Tasks:\n•\nCook soup\n•\nWash up\n\n-\n") == [
        ("heading", "Tasks:"),
        ("item", "Cook soup"),
        ("item", "Wash up"),
        ("text", "-"),
    ]


def test_bullets_that_lost_their_line_ends() -> None:
    assert seen("You will: • cook soup • wash up • go home") == [
        ("heading", "You will:"),
        ("item", "cook soup"),
        ("item", "wash up"),
        ("item", "go home"),
    ]
    assert seen("Berlin • Full-time") == [("text", "Berlin • Full-time")]


def test_headings() -> None:
    text = """Cook for our canteen

# About us
We run a canteen in the middle of the town, and we have done so for twenty years now.

What you do
- Cook

Your profile:
Able to cook.

**What we offer**
Soup.

Setext
======
More soup.

OUR ADDRESS
Main Street.

Interested?

Then send us what we need to know of you, and tell us when you could begin to work here.
"""
    headings = [line for kind, line in seen(text) if kind == "heading"]
    assert headings == [
        "Cook for our canteen",
        "About us",
        "What you do",
        "Your profile:",
        "**What we offer**",
        "Setext",
        "OUR ADDRESS",
        "Interested?",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Cook, clean and smile.\n\nApply.",
        "Tasks first.\n\nlocation\n- Berlin",
        "Tasks first.\n\nmail@example.org\n- Berlin",
        "Tasks first.\n\nPlace: Berlin\n- Mitte",
        "Tasks first.\n\nCook soup, stew and salad\n\nCook the rest of it too\n\nWash up in the evening\n\nThe end.",
    ],
)
def test_what_is_no_heading(text: str) -> None:
    assert "heading" not in [kind for kind, _ in seen(text)]


def test_a_picture_before_a_heading() -> None:
    assert seen("We cook.\n\n🚀 What we offer\n- Soup\n- Stew") == [
        ("text", "We cook."),
        ("heading", "What we offer"),
        ("item", "Soup"),
        ("item", "Stew"),
    ]


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("- **Team leadership:** Lead a team.", "Lead a team."),
        ("1. **Team leadership**: Lead a team.", "Lead a team."),
        ("* __Team leadership:__ Lead a team.", "Lead a team."),
        ("- ***Team leadership*** – Lead a team.", "Lead a team."),
        ("**Place:** Berlin", "Berlin"),
        ("_Deadline:_ [date]", "[date]"),
        ("- **Lead** a team.", "**Lead** a team."),
        ("- Team leadership: Lead a team.", "Team leadership: Lead a team."),
        ("- **Lead** a team: **cook** soup.", "**Lead** a team: **cook** soup."),
    ],
)
def test_bold_lead_ins(line: str, body: str) -> None:
    document = read(f"Tasks\n\n{line}\n".encode(), source="test")
    assert document.text[document.segments[-1].body :].strip() == body


def test_label_and_value_are_one_segment_a_line() -> None:
    text = "Cook\nWorkplace: Malmö, Sverige\nExpires: September 15, 2025\nPay: 30,000 a year. Paid monthly.\n"
    assert seen(text) == [
        ("heading", "Cook"),
        ("text", "Workplace: Malmö, Sverige"),
        ("text", "Expires: September 15, 2025"),
        ("text", "Pay: 30,000 a year."),
        ("text", "Paid monthly."),
    ]


def test_hard_wrapped_mail() -> None:
    text = """\
We are looking for a cook who can make soup, stew and salad for a
canteen of three hundred people, and who doesn't lose his temper when
Brussels sprouts are sent back. You will work in a team of five, on
weekdays only.

Your tasks:

- Cook the meal of the day with what the market offers, in time and
  within the budget
- Order what is missing from our suppliers in Bremen and in
Hamburg, and check it
- Clean up
"""
    assert seen(text) == [
        (
            "text",
            "We are looking for a cook who can make soup, stew and salad for a canteen of three hundred people, and "
            "who doesn't lose his temper when Brussels sprouts are sent back.",
        ),
        ("text", "You will work in a team of five, on weekdays only."),
        ("heading", "Your tasks:"),
        ("item", "Cook the meal of the day with what the market offers, in time and within the budget"),
        ("item", "Order what is missing from our suppliers in Bremen and in Hamburg, and check it"),
        ("item", "Clean up"),
    ]


def test_hard_wrapped_german_has_capitals_at_its_line_starts() -> None:
    text = """\
Zur Verstärkung unseres Teams suchen wir eine Köchin mit mehrjähriger
Erfahrung in der Gemeinschaftsverpflegung, die mit frischen und guten
Zutaten arbeitet und gern für viele Menschen kocht, auch wenn es eng
wird.
"""
    assert len(seen(text)) == 1


def test_lines_that_are_not_wrapped_stay_apart() -> None:
    lines = [
        "Soporte técnico remoto a usuarios en ofimática y aplicaciones",
        "Control y mantenimiento de servidores",
        "Administración de servicios de redes, balanceo de cargas y seguridad",
        "Gestión de soporte en plantas industriales",
    ]
    assert [line for _, line in seen("Funciones\n\n" + "\n".join(lines))][1:] == lines


def test_an_address_stays_in_lines() -> None:
    text = "Apply by mail.\n\nAcme Ltd\nMain Street 5\n12345 Berlin\njobs@example.org"
    assert [line for _, line in seen(text)][1:] == ["Acme Ltd", "Main Street 5", "12345 Berlin", "jobs@example.org"]


def test_items_set_in_without_a_marker() -> None:
    text = "Ihre Aufgaben:\n\n    Betrieb der Server\n    Planung von Projekten\n\nWir freuen uns auf Sie.\n"
    assert seen(text) == [
        ("heading", "Ihre Aufgaben:"),
        ("item", "Betrieb der Server"),
        ("item", "Planung von Projekten"),
        ("text", "Wir freuen uns auf Sie."),
    ]


def test_an_item_is_one_segment_however_many_sentences() -> None:
    assert seen("- Lead the team. Hire cooks. Fire nobody.\n- Rest.") == [
        ("item", "Lead the team. Hire cooks. Fire nobody."),
        ("item", "Rest."),
    ]


def test_an_overlong_item_is_cut_at_its_sentences() -> None:
    sentence = "You cook " + "soup and " * 30 + "stew."
    kinds = [kind for kind, _ in seen(f"- {sentence} {sentence} {sentence}\n")]
    assert kinds == ["item", "text", "text"]


def test_no_segment_is_longer_than_a_thousand_characters() -> None:
    for mark in ("; ", ", ", " ", ""):
        document = read(f"A{f'bcdefghi{mark}' * 500}".encode(), source="test")
        assert all(part.end - part.start <= 1000 for part in document.segments)
        if mark:
            assert all(document.text[part.start - 1] == " " for part in document.segments[1:])
    clauses = "one, two, three four five; " * 100
    assert all(line.endswith(";") for _, line in seen(clauses)[:-1])


def test_tabs_part_cells() -> None:
    text = "4146\tCook\tWe need a cook. You need us.\n\n- Soup\n- Stew\n\nThe end.\tNone\t2023-03-07 15:59"
    assert [line for _, line in seen(text)] == [
        "4146",
        "Cook",
        "We need a cook.",
        "You need us.",
        "Soup",
        "Stew",
        "The end.",
        "None",
        "2023-03-07 15:59",
    ]
    assert [line for _, line in seen("We cook.\n\nPlace:\tBerlin")][1:] == ["Place: Berlin"]


def test_markdown_tables() -> None:
    assert seen("# Cook\n\n| Shift | Pay |\n|---|---|\n| Night | 20 € |\n") == [
        ("heading", "Cook"),
        ("row", "Shift | Pay |"),
        ("text", "|---|---|"),
        ("row", "Night | 20 € |"),
    ]
    assert seen("Cook | Full-time | Berlin\n\nWe cook.")[0][1] == "Cook | Full-time | Berlin"


def test_front_matter() -> None:
    text = """\
---
layout: job
title: "Cook"
# What stands here is a comment of the site's author, who
# wrapped it.
tasks:
  - Cook soup and other things that can be cooked in a pot, and serve
  them
index: 0
---

## About us
"""
    assert seen(text) == [
        ("text", "---"),
        ("row", "layout: job"),
        ("row", 'title: "Cook"'),
        ("text", "What stands here is a comment of the site's author, who # wrapped it."),
        ("heading", "tasks:"),
        ("item", "Cook soup and other things that can be cooked in a pot, and serve them"),
        ("row", "index: 0"),
        ("text", "---"),
        ("heading", "About us"),
    ]


def test_quoted_lines() -> None:
    assert seen("Cook\n\n> Department: Kitchen\n> - Soup\n") == [
        ("heading", "Cook"),
        ("text", "Department: Kitchen"),
        ("item", "Soup"),
    ]
