from __future__ import annotations

from itertools import pairwise

import pytest

from extractor.documents.sentences import starts


def sentences(text: str) -> list[str]:
    at = [0, *starts(text, 0, len(text)), len(text)]
    return [text[start:end].strip() for start, end in pairwise(at)]


@pytest.mark.parametrize(
    "sentence",
    [
        "You use tools, e.g. Docker and Helm, every day.",
        "You use tools (i.e. Docker) every day.",
        "Kenntnisse in z. B. Docker oder z.B. Helm sind nötig.",
        "Kenntnisse, d. h. Sie können kochen, sind nötig.",
        "Erfahrung bzw. Kenntnisse in Java von ca. 5 Jahren.",
        "Ihr Kontakt ist Dr. Maier, Tel. 030 1234.",
        "Start am 1. Oktober oder am 15. November.",
        "Die Nr. 5 in der Branche, inkl. Österreich.",
        "Erfarenhet av bl.a. Java, d.v.s. Spring, t.ex. Boot.",
        "Erfaring med f.eks. Java, jf. Opslaget, tlf. 12 34.",
        "Ervaring met o.a. Java, d.w.z. Spring, bijv. Boot.",
        "Expérience avec p.ex. Docker, M. Dupont et Mme. Durand.",
        "Experiencia con p. ej. Docker, el Sr. García y la Sra. Díaz.",
        "Esperienza con p.es. Docker, il dott. Rossi e l'ing. Bianchi.",
        "We use Node.js and .NET and ASP.NET on mygov.scot at version 3.5.",
        "See https://example.org/a.b?c=d. for more of it",
        "It was J. R. Smith who founded Acme Inc. Germany in the U.S. Army.",
        "Pay is 35.000 € or 3.5 k at most.",
        "A degree (B.Sc. Informatics or Ph.D. Physics).",
        "This is done by you. and by others",
        "Rent an apt. no. 5 at St. Gallen.",
    ],
)
def test_one_sentence_stays_one(sentence: str) -> None:
    assert sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    "text",
    [
        "You cook.|You clean.",
        "Do you cook?|Do you clean!|Yes.",
        "You cook …|And you clean.",
        "You said “cook.”|You clean.",
        "You cook (soup, stew.)|You clean.",
        'You cook.|"You clean."',
        "Pay is $34.96.|Deadline: July 8 2025.",
        "Open since 2025.|We cook.",
        "You lead as Bas P.|Du har ansvar.",
        "We are Acme Inc.|We cook.",
        "We are in the U.S.|You will travel.",
        "We use VMs, VPNs etc.|Knowledge of them counts.",
        "This is state of the art.|Experience counts.",
        "We are based in San Francisco, CA.|Remote is fine.",
        "Das geht nicht mit 3.|Sie kochen.",
        "Wir suchen dich!|Über uns gibt es viel zu sagen.",
        "¿Te interesa?|¡Únete!",
        "You cook.|3 years of it count.",
        "You cook.|(No stew.)",
    ],
)
def test_sentences_are_cut(text: str) -> None:
    assert sentences(text.replace("|", " ")) == text.split("|")
