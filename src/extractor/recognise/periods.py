"""The time that a pay figure is for: hour, day, week, month or year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractor.recognise.found import Found
from extractor.recognise.numbers import distinct_words, lowered, occurrences, words

if TYPE_CHECKING:
    from collections.abc import Iterator

# Units make a period behind "per" and its like; short ones behind a slash alone; the others need nothing before them.
_UNITS = {
    "year": "year years yr annum jahr år året jaar année an año anno",
    "month": "month months mth monat månad månaden mån måned måneden md mdr mnd maand mois mes mese",
    "week": "week weeks wk woche vecka veckan uge ugen uke uken veke semaine semana settimana",
    "day": "day days tag dag dagen jour día dia giorno",
    "hour": "hour hours hr stunde std timme timmen tim timen time uur heure hora ora",
}
_SHORT = {"year": "y", "month": "mo m", "week": "w v wo", "day": "d", "hour": "h hrs t u"}
_ALONE = {
    "year": """annual annually yearly jährlich jährliche jährlicher jährliches årlig årlige årligen årligt jaarlijks
    jaarlijkse annuel annuels annuelle annuelles anual anuales annuo annua annui annue annuale annuali ral""",
    "month": """monthly monatlich monatliche monatlicher monatliches månatlig månatligen månatligt månedlig månedlige
    månedligt maandelijks maandelijkse mensuel mensuels mensuelle mensuelles mensual mensuales mensile mensili pcm""",
    "week": """weekly wöchentlich wöchentliche wöchentlicher veckovis ugentlig ugentlige ugentligt ukentlig ukentlige
    wekelijks wekelijkse hebdomadaire hebdomadaires semanal semanales settimanale settimanali pw""",
    "day": """daily täglich dagligen dagelijks journalier journaliers journalière diario diaria diarios giornaliero
    giornaliera giornalieri tjm""",
    "hour": "hourly stündlich horaire horaires orario oraria orari orarie",
}
_BEHIND_PER = {word: period for period, row in _UNITS.items() for word in words(row)}
_BEHIND_SLASH = {word: period for period, row in _SHORT.items() for word in words(row)}
_FREE = {word: period for period, row in _ALONE.items() for word in words(row)}

_PER = (
    *(
        f" {per} "
        for per in words("per pro a an each every im am die je i om pr pr. par por al alla la à")
    ),
    " in der ", " a la ", " à la ", "/", "/ ", "l'", "l’", " all'", " all’",
)  # fmt: skip
# Units that are words of their own elsewhere, with what must stand before them.
_ONLY_BEHIND = {
    "an": ("year", (" par ", " per ", "/", "/ ", "l'", "l’")),
    "time": ("hour", (" pr ", " pr. ", " per ", "/", "/ ")),
    "rate": ("day", (" day ",)),
    "diem": ("day", (" per ",)),
    "pa": ("year", tuple(f"{figure}{gap}" for figure in "0123456789k€" for gap in (" ", ""))),
}
_KNOWN = _FREE.keys() | _BEHIND_PER.keys() | _BEHIND_SLASH.keys() | _ONLY_BEHIND.keys()
_ABBREVIATED = re.compile(r"p\.\s?([ahwd])\.?(?![^\W_])")
_LETTERS = {"a": "year", "w": "week", "d": "day", "h": "hour"}

# Compounds that end with a word for pay: "Bruttomonatsgehalt", "timlön", "dagtarief", "Jahresbrutto".
_PAY_ENDINGS = tuple(
    words(
        """gehalt gehälter lohn brutto netto einkommen vergütung entgelt salär satz sats lön lønn løn inkomst inntekt
        indkomst peng salaris loon inkomen tarief"""
    )
)
_FIRST_PARTS = {
    "jahres": "year", "års": "year", "jaar": "year", "monats": "month", "månads": "month", "måneds": "month",
    "maand": "month", "wochen": "week", "vecko": "week", "uge": "week", "week": "week", "stunden": "hour",
    "tim": "hour", "uur": "hour", "tages": "day", "dag": "day",
}  # fmt: skip

# "40 hours per week", "three days a week": what is counted is no money.
_COUNTED = words(
    """hours hour hrs h days day times std stunden tage timmar timer dagar dage dager uur uren dagen heures jours horas
    días ore giorni mal gånger gange ganger keer fois veces volte"""
)
_LAST_WORD = re.compile(r"([^\W\d_]+)\.?\s?\Z")


def find_periods(text: str) -> list[Found[str]]:
    """Every period as `hour`, `day`, `week`, `month` or `year`; those of counted hours and days are left out."""
    lower = lowered(text).replace("\u00a0", " ")
    endings = tuple(ending for ending in _PAY_ENDINGS if ending in lower)
    found: list[Found[str]] = []
    for word in distinct_words(lower):
        if word in _KNOWN or (endings and word.endswith(endings)):
            for start, end, period in _of_word(word, lower):
                counted = _LAST_WORD.search(lower, max(0, start - 12), start)
                if not counted or counted[1] not in _COUNTED:
                    found.append(Found(start, end, period))
    found.extend(
        Found(match.start(), match.end(), _LETTERS[match[1]])
        for match in _ABBREVIATED.finditer(lower)
        if not lower[match.start() - 1 : match.start()].isalnum()
    )
    found.sort(key=lambda one: one.start)
    return found


def _of_word(word: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Where `word` states a period, with what stands before it."""
    if word in _FREE:
        for start, end in occurrences(word, lower):
            yield start, end, _FREE[word]
    elif word in _ONLY_BEHIND:
        period, needed = _ONLY_BEHIND[word]
        yield from _behind(needed, word, lower, period)
    elif word in _BEHIND_PER:
        yield from _behind(_PER, word, lower, _BEHIND_PER[word])
    elif word in _BEHIND_SLASH:
        yield from _behind(("/", "/ ", "p/"), word, lower, _BEHIND_SLASH[word])
    else:
        for part, period in _FIRST_PARTS.items():
            if part in word:
                for start, end in occurrences(word, lower):
                    yield start, end, period
                return


def _behind(needed: tuple[str, ...], word: str, lower: str, period: str) -> Iterator[tuple[int, int, str]]:
    for start, end in occurrences(word, lower):
        before = lower[max(0, start - 8) : start] if start >= 8 else f" {lower[:start]}"
        if before.endswith(needed):
            longest = max(len(per.lstrip()) for per in needed if before.endswith(per))
            yield start - (longest if word != "pa" else 0), end, period
