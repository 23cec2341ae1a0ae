from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractor.recognise.languages import detect_language, find_languages


def codes(text: str) -> list[str]:
    return [found.value for found in find_languages(text)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("English", "en"),
        ("fluent english", "en"),
        ("in englischer Sprache", "en"),
        ("gute Englischkenntnisse", "en"),
        ("goda kunskaper i engelska", "en"),
        ("gode engelskkundskaber", "en"),
        ("engelsk", "en"),
        ("Engels", "en"),
        ("anglais courant", "en"),
        ("inglés", "en"),
        ("inglese", "en"),
        ("ENGLISCH", "en"),
        ("Deutsch", "de"),
        ("Deutschkenntnisse", "de"),
        ("tyska", "de"),
        ("tedesco", "de"),
        ("alemán", "de"),
        ("svenska", "sv"),
        ("Schwedisch", "sv"),
        ("dansk", "da"),
        ("Norwegian Bokmål", "no"),
        ("norsk", "no"),
        ("Nederlands", "nl"),
        ("néerlandais", "nl"),
        ("français", "fr"),
        ("Frans", "fr"),
        ("español", "es"),
        ("italiano", "it"),
        ("italien", "it"),
        ("Polish", "pl"),
        ("Mandarin", "zh"),
        ("Türkisch", "tr"),
        ("ruso", "ru"),
    ],
)
def test_names_in_the_nine_languages(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_several_languages_each_with_its_place() -> None:
    text = "Deutsch- und Englischkenntnisse sowie Französisch"
    assert [(text[f.start : f.end], f.value) for f in find_languages(text)] == [
        ("Deutsch", "de"),
        ("Englischkenntnisse", "en"),
        ("Französisch", "fr"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "polish the surface",
        "fins and pools",
        "Deutschland, Tyskland, Duitsland",
        "Italien und Russland",
        "Let's start. Lets go.",
        "germane to the task",
        "a Frenchman",
        "wir sprechen über Sprachen",
    ],
)
def test_ordinary_words_are_no_languages(text: str) -> None:
    assert codes(text) == []


WRITTEN = {
    "en": "You will work with our team and help us to build the new platform.",
    "de": "Wir suchen für unser Team in Berlin eine Person, die mit uns arbeitet.",
    "sv": "Vi söker dig som har erfarenhet av att arbeta med kunder och är noggrann.",
    "da": "Vi søger dig, der har erfaring med at arbejde med kunder, og som er omhyggelig.",
    "no": "Vi ser etter deg som har erfaring med å jobbe med kunder og som er nøyaktig.",
    "nl": "Wij zoeken iemand die met ons samenwerkt en die ervaring heeft met het bouwen van software.",
    "fr": "Nous recherchons une personne qui travaille avec nous pour développer les produits de la société.",
    "es": "Buscamos una persona que trabaje con nosotros para desarrollar los productos de la empresa.",
    "it": "Cerchiamo una persona che lavori con noi per sviluppare i prodotti della nostra azienda.",
    "fi": "Etsimme henkilöä, joka on kokenut ja jolla on hyvä englannin kielen taito sekä ajokortti.",
    "pl": "Szukamy osoby, która będzie pracować z nami nad rozwojem produktów dla naszych klientów.",
    "pt": "Procuramos uma pessoa que trabalhe com a nossa equipa para desenvolver os produtos da empresa.",
    "cs": "Hledáme kolegu, který bude pracovat v našem týmu na vývoji produktů pro naše zákazníky.",
}


@pytest.mark.parametrize(("language", "text"), WRITTEN.items())
def test_the_language_of_one_sentence(language: str, text: str) -> None:
    assert detect_language(text) == language
    assert detect_language(text.upper()) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "We are looking for you"),
        ("de", "Wir freuen uns auf Sie"),
        ("sv", "Vi ser fram emot att höra från dig"),
        ("nl", "Wij zijn op zoek naar jou"),
        ("fr", "Nous avons besoin de vous"),
    ],
)
def test_the_language_of_five_words(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "   \n", "12345 + 678", "Kubernetes Docker Terraform", "Linux", "株式会社"])
def test_too_little_tells_nothing(text: str) -> None:
    assert detect_language(text) is None


def test_the_language_that_fills_most_of_the_text() -> None:
    english, german = WRITTEN["en"], WRITTEN["de"]
    assert detect_language(f"{english} {german} {german} {german}") == "de"
    assert detect_language(f"{german} {english} {english} {english}") == "en"


def test_english_terms_do_not_make_a_text_english() -> None:
    text = "Senior Cloud Engineer, DevOps, Continuous Integration. " + WRITTEN["sv"] + " Remote work, stock options."
    assert detect_language(text) == "sv"


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    detect_language(text)
    assert all(0 <= found.start < found.end <= len(text) for found in find_languages(text))
