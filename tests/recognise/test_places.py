from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.places import find_countries, find_postal_codes
from tests.recognise.hostile import HANGS_S, seconds


def countries(text: str) -> list[tuple[str, str]]:
    return [(text[found.start : found.end], found.value) for found in find_countries(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Germany", "DE"),
        ("GERMANY", "DE"),
        ("Deutschland", "DE"),
        ("Tyskland", "DE"),
        ("Duitsland", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("Sverige", "SE"),
        ("Schweden", "SE"),
        ("Schweiz", "CH"),
        ("Suisse", "CH"),
        ("Holland", "NL"),
        ("in the Netherlands", "NL"),
        ("Pays-Bas", "NL"),
        ("Österreich", "AT"),
        ("Danmark", "DK"),
        ("Norge", "NO"),
        ("España", "ES"),
        ("Regno Unito", "GB"),
        ("United Kingdom", "GB"),
        ("UK", "GB"),
        ("U.K.", "GB"),
        ("England", "GB"),
        ("Scotland", "GB"),
        ("Wales", "GB"),
        ("Northern Ireland", "GB"),
        ("Ireland", "IE"),
        ("USA", "US"),
        ("U.S.", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("États-Unis", "US"),
        ("Czech Republic", "CZ"),
        ("Turkey", "TR"),
        ("Côte d’Ivoire", "CI"),
        ("Guinea-Bissau", "GW"),
    ],
)
def test_names_of_countries(text: str, code: str) -> None:
    assert [value for _, value in countries(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "turkey with china plates",
        "Germanys",
        "New Jersey",
        "New Mexico",
        "Long Island",
        "Indien u interesse heeft, bel ons",
        "contact us, join us",
        "CONTACT US",
        "IT (Information Technology)",
        "Human Resources (HR), Quality Assurance (QA)",
        "Boston, MA",
        "San Francisco, CA 94107",
        "Wilmington, DE 19801",
    ],
)
def test_what_is_no_country(text: str) -> None:
    assert countries(text) == []


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("Berlin, DE", [("DE", "DE")]),
        ("Göteborg (SE)", [("SE", "SE")]),
        ("Austin, TX, US", [("US", "US")]),
        ("Dover, DE, USA", [("USA", "US")]),
        ("Country: US", [("US", "US")]),
        ("Country code: IT", [("IT", "IT")]),
        ('"addressCountry": "SE"', [("SE", "SE")]),
        ("Land: DE", [("DE", "DE")]),
        ("Country: XX", []),
        ("SE", [("SE", "SE")]),
        ("Remote (US)", [("US", "US")]),
        ("anywhere in the US", [("US", "US")]),
        ("US-based candidates", [("US", "US")]),
        ("London, UK", [("UK", "GB")]),
    ],
)
def test_bare_codes_in_plain_positions(text: str, hits: list[tuple[str, str]]) -> None:
    assert countries(text) == hits


def test_island_is_a_country_only_behind_a_preposition() -> None:
    assert countries("Arbeiten in Island") == [("Island", "IS")]
    assert countries("Norge, Island och Finland") == [("Norge", "NO"), ("Island", "IS"), ("Finland", "FI")]
    assert countries("The Island offers much") == []


def test_the_longer_name_swallows_the_shorter() -> None:
    assert countries("Papua New Guinea") == [("Papua New Guinea", "PG")]
    assert countries("South Korea and Republic of Ireland") == [("South Korea", "KR"), ("Republic of Ireland", "IE")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("30001 Murcia", "30001"),
        ("114 55 Stockholm", "114 55"),
        ("SE-114 55 Stockholm", "114 55"),
        ("1012 AB Amsterdam", "1012 AB"),
        ("1012AB Amsterdam", "1012AB"),
        ("5211 AB 's-Hertogenbosch", "5211 AB"),
        ("Edinburgh EH6 6QQ", "EH6 6QQ"),
        ("Atlanta, GA 30333", "30333"),
        ("Atlanta GA 30333-1234", "30333-1234"),
        ("Toronto, ON M5V 2T6", "M5V 2T6"),
        ("D-10115 Berlin", "10115"),
        ("in 80331 München", "80331"),
        ("Hauptstraße 5, 80331 München", "80331"),
        ("Hauptstraße 5\n80331 München", "80331"),
        ("2100 København", "2100"),
        ("DK-2100 København", "2100"),
        ("Nyhavn 1, 2000 Frederiksberg", "2000"),
        ("0150 Oslo", "0150"),
        ("75008 Paris", "75008"),
        ("20121 Milano (MI)", "20121"),
        ("67100 L'Aquila", "67100"),
        ("Stockholm, 114 55", "114 55"),
        ("Amsterdam, 1012 AB", "1012 AB"),
    ],
)
def test_postal_codes(text: str, code: str) -> None:
    found = find_postal_codes(text)
    assert [hit.value for hit in found] == [code]
    assert text[found[0].start : found[0].end] == code


@pytest.mark.parametrize(
    "text",
    [
        "July 2025 Berlin",
        "2025 Graduate Programme",
        "Berlin, 2026",
        "10000 Mitarbeiter",
        "45000 Euro",
        "Salary: 45000 Euro",
        "Berlin, 50000 EUR",
        "Job ID 10234",
        "we run 1500 Windows servers",
        "over 10000 Windows servers",
        "ISO-27001 Lead Auditor",
        "Angular (1715)",
        "1.30001 Murcia",
        "30001",
        "murcia 30001",
    ],
)
def test_numbers_that_are_no_postal_codes(text: str) -> None:
    assert find_postal_codes(text) == []


@given(st.text(alphabet="AZaz09 ,-.\n'(ÅU"))
def test_any_text_gives_spans_of_its_own(text: str) -> None:
    for found in find_postal_codes(text):
        assert text[found.start : found.end] == found.value
    for country in find_countries(text):
        assert 0 <= country.start < country.end <= len(text)


@pytest.mark.parametrize(
    "piece", ["A.", "1", "1 ", "A, ", " ", "Abc, 12 ", "A'", "Land: ", "Berlin (", "New ", "\n", "a-", "12345 ", "AA1 "]
)
def test_a_hostile_text_does_not_hang(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert seconds(find_countries, text) < HANGS_S
    assert seconds(find_postal_codes, text) < HANGS_S
