from __future__ import annotations

import pytest
from hypothesis import given

from extractor.recognise.contacts import find_emails, find_phones, find_placeholders, find_urls
from tests.recognise.hostile import HANGS_S, HOSTILE, keeps_the_laws, law, seconds, texts


def emails(text: str) -> list[str]:
    return [found.value for found in find_emails(text)]


def urls(text: str) -> list[str]:
    return [found.value for found in find_urls(text)]


def phones(text: str) -> list[str]:
    return [found.value for found in find_phones(text)]


def slots(text: str) -> list[str]:
    return [found.value for found in find_placeholders(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail jobs@acme.com.", ["jobs@acme.com"]),
        ("<a href='mailto:first.last+jobs@mail.acme.co.uk'>", ["first.last+jobs@mail.acme.co.uk"]),
        ("[hr@acme.de](mailto:hr@acme.de)", ["hr@acme.de", "hr@acme.de"]),
        ("o'neil@acme.ie, 'hr@acme.ie'", ["o'neil@acme.ie", "hr@acme.ie"]),
        ("karin@företag.se", ["karin@företag.se"]),
        ("@handle user@host a@b @@ @", []),
    ],
)
def test_emails(text: str, expected: list[str]) -> None:
    assert emails(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://acme.com/jobs?id=1&x=2#y.", ["https://acme.com/jobs?id=1&x=2#y"]),
        ("(see http://acme.com/a_(b))", ["http://acme.com/a_(b)"]),
        ("[apply](https://acme.com/apply), or", ["https://acme.com/apply"]),
        ('<a href="HTTPS://ACME.com">', ["HTTPS://ACME.com"]),
        ("https://acme.com:8443/x", ["https://acme.com:8443/x"]),
        ("www.acme.museum/jobs!", ["www.acme.museum/jobs"]),
        ("Visit acme.co.uk/careers; or finn.no", ["acme.co.uk/careers", "finn.no"]),
        ("jobs@acme.com", []),
        ("Node.js, ASP.net, e.g. z.B. St.Gallen", []),
        ("http:// https://", []),
    ],
)
def test_urls(text: str, expected: list[str]) -> None:
    assert urls(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+46 8 123 45 67", ["+46 8 123 45 67"]),
        ("+49 (0)30 5550-1234.", ["+49 (0)30 5550-1234"]),
        ("tel:+4530555012", ["+4530555012"]),
        ("0045 12 34 56 78", ["0045 12 34 56 78"]),
        ("Call 020 7946 0018 today", ["020 7946 0018"]),
        ("0701-23 45 67", ["0701-23 45 67"]),
        ("01 23 45 67 89", ["01 23 45 67 89"]),
        ("(555) 123-4567 or 555-123-4567", ["(555) 123-4567", "555-123-4567"]),
        ("tlf. 22 33 44 55", ["22 33 44 55"]),
        ("Telefon: 1234567", ["1234567"]),
    ],
)
def test_phones(text: str, expected: list[str]) -> None:
    assert phones(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Fax: 040 123456", "ref 551230987", "01.02.2023", "2023-09-25", "2019-2023", "09.00-17.00",
        "610 000 - 720 000 NOK", "https://acme.com/jobs/0123456789", "123456-7890", "+999 123 456 789", "+49 30",
        "12.05.2025 - 14.05.2025",
    ],
)  # fmt: skip
def test_no_phones(text: str) -> None:
    assert phones(text) == []


@pytest.mark.parametrize(
    "slot",
    [
        "[Specify the location]", "[email address]", "[Company]", "[COMPANY NAME]", "[Firmenname einfügen]",
        "[X years]", "[Namn på företaget]", "[main programming language]", "<Company Name>", "<your city>",
        "{company}", "{Company Name}", "(insert salary range)", "XX years", "xx months", "X+ years", "XXX", "XX,XXX",
        "XX/XX/XXXX", "https://example.com/apply-here", "https://www.acme.com/...",
        "https://www.your-company.com/jobs",
    ],
)  # fmt: skip
def test_placeholders(slot: str) -> None:
    assert slots(f"Before: {slot} behind") == [slot]


def test_a_blank_to_fill_in_is_a_placeholder_and_a_rule_is_none() -> None:
    assert slots("Name: ______ Date: ____") == ["______", "____"]
    assert slots("Above\n________\nbelow") == []


@pytest.mark.parametrize(
    "text",
    [
        "{% include x %} {{ name }} {{< figure >}} ${name}",
        "[text](https://acme.com) ![your logo](x.png) [your name][1]", "[1] [x] [ ] [^1]",
        "<p> <br /> <strong> </u> <title> <a href='x'>", "[m/w/d] [all genders] [Remote]", '["design", "your name"]',
        "List<String>", "siglo XX", "XXL, Mac OS X", "https://acme.com/jobs", "snake___case",
        "<hr@acme.de> <https://acme.de>",
    ],
)  # fmt: skip
def test_no_placeholders(text: str) -> None:
    assert slots(text) == []


@law
@given(texts)
def test_laws(text: str) -> None:
    for read in (find_emails, find_urls, find_phones, find_placeholders):
        found = read(text)
        keeps_the_laws(found, text)
        assert all(one.value == text[one.start : one.end] for one in found)


def test_hostile_texts_do_not_hang() -> None:
    readers = (find_emails, find_urls, find_phones, find_placeholders)
    assert max(seconds(read, text) for text in HOSTILE for read in readers) < HANGS_S
