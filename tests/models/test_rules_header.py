"""What the built-in rules read of a posting's head: its title, who employs, in what industry, and where."""

from __future__ import annotations

from typing import Any

import pytest

from extractor.documents import from_text
from extractor.models.rules import fill

# The rest of a posting, long enough to tell its language.
REST = {
    "en": ["Your tasks", "Plan the work of the day", "Requirements", "You are able to work in a team with others"],
    "de": ["Ihre Aufgaben", "Planung der Arbeit", "Ihr Profil", "Sie sind für die anderen da und ein Teil von uns"],
    "fr": ["Vos missions", "Planifier les journées", "Profil", "Vous êtes à l'aise avec les autres et dans le travail"],
    "it": ["Mansioni", "Pianificare le giornate", "Requisiti", "Capacità di lavorare con gli altri e per il gruppo"],
    "es": ["Funciones", "Planificar los días", "Requisitos", "Capacidad para trabajar con el equipo y los demás"],
    "nl": [
        "Wat ga je doen?",
        "Het plannen van de dag",
        "Wat vragen wij?",
        "Je bent een van ons en je werkt met het team",
    ],
    "sv": [
        "Arbetsuppgifter",
        "Planera för dagen",
        "Kvalifikationer",
        "Du är en del av vårt team och är med i det som sker",
    ],
    "no": [
        "Arbeidsoppgaver",
        "Planlegge dagen",
        "Kvalifikasjoner",
        "Du er en del av teamet vårt som ikke gir seg og er på",
    ],
    "da": ["Opgaver", "Planlægge dagen", "Kvalifikationer", "Du er en del af vores team, som ikke giver op og er til"],
}


def answer(language: str, head: str) -> dict[str, Any]:
    tasks, task, demands, demand = REST[language]
    found = fill(from_text(f"{head}\n\n## {tasks}\n\n- {task}\n\n## {demands}\n\n- {demand}\n"))
    assert found["language"]["value"] == language
    return found


def employer(language: str, head: str) -> dict[str, Any]:
    found: dict[str, Any] | None = answer(language, head)["employer"]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("language", "head", "name"),
    [
        ("en", "# Payroll Clerk\n\nJoin Tallow Street Bakery as our next payroll clerk!", "Tallow Street Bakery"),
        ("en", "# Data Steward\n\nBrightwater Housing Ltd\n\nYou look after our data.", "Brightwater Housing Ltd"),
        ("en", "# Driver\n\nFleet.io moves parcels. Fleet.io is looking for a driver.", "Fleet.io"),
        (
            "de",
            "# Schlosser (m/w/d)\n\nDie Karl Lindner Technik GmbH ist seit 1950 am Markt.",
            "Karl Lindner Technik GmbH",
        ),
        ("de", "# Koch (m/w/d)\n\nWir arbeiten bei der Obermaier KG im Team.", "Obermaier KG"),
        ("fr", "# Rejoignez Oriflor !\n\nOriflor est une entreprise de 80 salariés.", "Oriflor"),
        ("it", "# Cuoco\n\nGalli S.r.l., azienda di ristorazione, ricerca un cuoco.", "Galli S.r.l."),
        ("es", "# Sobre Tecnalis\n\nEn Tecnalis somos veinte. Buscamos un programador.", "Tecnalis"),
        ("sv", "# Ekonom till Lindöns Energi AB\n\nVi söker en ekonom.", "Lindöns Energi AB"),
        (
            "da",
            "# Kok\n\nVi søger en kok til et køkken.\n\n## Hvem er Bistroen?\n\nBistroen ligger ved havnen.",
            "Bistroen",
        ),
        ("no", "# Sykepleier\n\nFjelldal kommune søker sykepleier til helsestasjonen.", "Fjelldal kommune"),
        ("nl", "# Planner\n\nVan Doorn Transport B.V. zoekt een planner.", "Van Doorn Transport B.V."),
    ],
)
def test_an_employer_is_named_by_its_form_its_place_or_its_verb(language: str, head: str, name: str) -> None:
    assert employer(language, head)["name"] == name


def test_the_full_name_is_taken_where_a_short_one_comes_more_often() -> None:
    head = (
        "# Snickare\n\nAlmgrens söker en snickare. Almgrens är ett byggföretag. Almgrens Bygg AB är en del av staden."
    )
    assert employer("sv", head)["name"] == "Almgrens Bygg AB"


def test_an_employer_who_stays_unnamed_is_no_name() -> None:
    assert employer("es", "# Cocinero\n\nEmpresa: Confidencial\n\nBuscamos un cocinero.")["name"] is None


@pytest.mark.parametrize(
    ("language", "head"),
    [
        ("en", "# Engineer\n\nOur client, a maker of pumps, is looking for an engineer."),
        ("de", "# Controller (m/w/d)\n\nFür unseren Kunden suchen wir einen Controller."),
        ("sv", "# Kock\n\nFör vår kunds räkning söker vi en kock."),
        ("nl", "# Kok\n\nIn opdracht van een hotel zoeken wij een kok."),
    ],
)
def test_an_intermediary_says_that_it_seeks_for_a_client(language: str, head: str) -> None:
    assert employer(language, head)["on_behalf_of_client"] is True


def test_whoever_serves_clients_is_no_intermediary() -> None:
    head = "# Engineer\n\nAcme Ltd is looking for an engineer.\n\nResults matter for our client and for you."
    assert employer("en", head)["on_behalf_of_client"] is False


@pytest.mark.parametrize(
    ("language", "head", "industry"),
    [
        ("en", "# Clerk\n\nHarrow Ltd is a family-owned logistics company.", "logistics"),
        ("en", "# Clerk\n\nWe are an independent IT service provider with 80 people.", "IT service provider"),
        ("en", "# Clerk\n\nAs a leader in bread ovens, we look after bakers.", "bread ovens"),
        ("en", "# Clerk\n\nWe are a team that wants to change the parking industry.", "parking industry"),
        ("de", "# Koch (m/w/d)\n\nWir sind ein mittelständisches Unternehmen im Maschinenbau.", "Maschinenbau"),
        (
            "de",
            "# Koch (m/w/d)\n\nUnser Kunde ist ein Automobilzulieferer. Wir suchen einen Koch.",
            "Automobilzulieferer",
        ),
        ("fr", "# Comptable\n\nNous sommes une agence de communication installée en ville.", "agence de communication"),
        (
            "fr",
            "# Comptable\n\nNotre client, acteur du secteur pharmaceutique, recherche un comptable.",
            "pharmaceutique",
        ),
        ("es", "# Contable\n\nSomos una consultora tecnológica con sede en la ciudad.", "consultora tecnológica"),
        ("it", "# Cuoco\n\nGalli S.r.l., operante nel settore della distribuzione, ricerca un cuoco.", "distribuzione"),
        ("sv", "# Kock\n\nVi är ett av stadens ledande glasföretag.", "glasföretag"),
        ("no", "# Kokk\n\nHav AS er en elektroentreprenør med 30 ansatte.", "elektroentreprenør"),
        ("da", "# Kok\n\nVi er et moderne grafisk bureau ved havnen.", "grafisk bureau"),
        ("nl", "# Kok\n\nWij zijn een moderne catering dienstverlener.", "catering dienstverlener"),
    ],
)
def test_an_industry_is_what_the_employer_says_of_itself(language: str, head: str, industry: str) -> None:
    assert employer(language, head)["industry"] == industry


@pytest.mark.parametrize(
    ("language", "head"),
    [
        ("en", "# Clerk\n\nAcme Ltd is a leading company. We are an equal opportunity employer."),
        ("en", "# Clerk\n\nThe Rye Museum of Art Ltd is one of the oldest."),
        ("fr", "# Comptable\n\nOriflor SAS est une entreprise familiale de 80 salariés."),
    ],
)
def test_praise_and_names_are_no_industry(language: str, head: str) -> None:
    assert employer(language, head)["industry"] is None


@pytest.mark.parametrize(
    ("language", "head", "places"),
    [
        ("de", "# Koch (m/w/d) in Bamberg", [("Bamberg", None, None, None)]),
        ("fr", "# Cuisinier (H/F) - Vannes", [("Vannes", None, None, None)]),
        ("en", "Cook\n\nHalifax, Nova Scotia, Canada\n\nWe cook.", [("Halifax", "Nova Scotia", "CA", None)]),
        ("en", "# Cook\n\nThe role is based in our Halifax office.", [("Halifax", None, None, None)]),
        ("en", "# Cook\n\nLocation: 12 High Street, Leeds LS1 4AB", [("Leeds", None, None, "LS1 4AB")]),
        ("en", "# Cook\n\nLocation: Delft, The Netherlands", [("Delft", None, "NL", None)]),
        ("no", "# Kokk\n\nArbeidssted: Storgata 1, 0155 Oslo", [("Oslo", None, None, "0155")]),
        ("no", "# Kokk\n\nArbeidsstedet er på Fornebu.", [("Fornebu", None, None, None)]),
        ("da", "# Kok\n\nVi søger en kok i Ribe.", [("Ribe", None, None, None)]),
        ("it", "# Cuoco\n\nRicerchiamo un cuoco a Cuneo.", [("Cuneo", None, None, None)]),
        ("nl", "# Kok\n\nWij zoeken een kok in Tiel.", [("Tiel", None, None, None)]),
        ("de", "# Koch\n\nOrt: 96047 Bamberg", [("Bamberg", None, None, "96047")]),
        ("de", "# Koch\n\nUnser Haus steht am Markt 3, 96047 Bamberg.", [("Bamberg", None, None, "96047")]),
        ("en", "# Cook\n\nLocations\n\n- Paris\n- Berlin", [("Paris", None, None, None), ("Berlin", None, None, None)]),
        ("sv", "# Kock till Luleå\n\nCountry: Sverige", [("Luleå", None, "SE", None)]),
        ("de", "# Koch\n\nEinsatzort: Bundesweit", []),
        ("en", "# Cook\n\nWe are looking for a Lecturer in Mathematics.", []),
    ],
)
def test_a_place_of_work(language: str, head: str, places: list[tuple[str | None, ...]]) -> None:
    found = answer(language, head)["locations"]
    assert [tuple(place[key] for key in ("city", "region", "country", "postal_code")) for place in found] == places


@pytest.mark.parametrize(
    ("language", "head", "title"),
    [
        ("de", "# Koch (m/w/d) in Bamberg", "Koch"),
        ("en", "# Cook – Leeds, UK", "Cook"),
        ("en", "# Field Engineer at Pennine Lifts", "Field Engineer"),
        ("sv", "# Ekonom till Lindöns Energi AB", "Ekonom"),
        ("en", "# About Quillbase\n\nAs a Librarian, you will lend books.", "Librarian"),
        ("de", "Wir suchen einen Koch in Vollzeit.", "Koch"),
    ],
)
def test_a_title_has_neither_place_nor_employer(language: str, head: str, title: str) -> None:
    assert answer(language, head)["title"]["value"] == title
