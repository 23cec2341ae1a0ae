"""The time that a pay figure is for: hour, day, week, month or year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extractor.recognise.found import Found
from extractor.recognise.numbers import distinct_words, lowered, occurrences, words
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

# Units make a period behind "per" and its like; what stands alone needs nothing before it.
_UNITS = {
    "year": "year years yr annum jahr år året jaar année año anno",
    "month": "month months mth monat månad månaden mån måned måneden md mdr mnd maand mois mes mese",
    "week": "week weeks wk woche vecka veckan uge ugen uke uken uka veke semaine semana settimana",
    "day": "day days tag dag dagen døgnet jour día dia giorno",
    "hour": "hour hours hr stunde std timme timmen timma timman tim timen uur heure hora ora",
}
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
_FREE = {word: period for period, row in _ALONE.items() for word in words(row)}
_PER = (
    *(f" {per} " for per in words("per pro a an each every im am die je i om pr pr. par por al alla la à")),
    " in der ", " a la ", " à la ", "/", "/ ", "l'", "l’", " all'", " all’",
)  # fmt: skip
# Words of other languages too, with what must stand before them.
_ONLY_BEHIND = {
    "an": ("year", (" par ", " per ", "/", "/ ", "l'", "l’")),
    "time": ("hour", (" pr ", " pr. ", " per ", "/", "/ ")),
    **dict.fromkeys(("journée", "giornata"), ("day", (" par ", " per ", "/", "/ ", " a "))),
    "année": ("year", (" par ", "/", "/ ", "l'", "l’")),
    "rate": ("day", (" day ",)),
    "diem": ("day", (" per ",)),
    **{
        word: (period, tuple(f"{figure}{gap}" for figure in "0123456789k€" for gap in (" ", "")))
        for word, period in (("pa", "year"), ("pd", "day"), ("ph", "hour"))
    },
}
_KNOWN = _FREE.keys() | _BEHIND_PER.keys() | _ONLY_BEHIND.keys()
# Units right behind an amount of money: definite ones ("340 kr timen"), with their article ("€ 3.100 de maand"), or
# bare where nothing but gross or net goes on ("1.400 € mes, contrato fijo").
_DEFINITE = words("timen timmen timman dagen døgnet veckan ugen uken uka måneden månaden året")
_BARE = words("tim mån md mnd hora día dia mes año ora giorno mese anno heure jour mois")
_WITH_ARTICLE = words(
    "uur dag week maand jaar mois semaine journée jour année hora día dia semana mes año ora giorno settimana mese anno"
)
_MONEY = r"(?:[€£$]|(?<![^\W\d_])(?:kr|kroner|kronor|euros?|eur|chf|francs?|franken|sek|nok|dkk))"
_BEHIND_MONEY = pattern(rf"{_MONEY}\.?(?:\s?[0-9][0-9.,'’\u202f -]{{0,14}})?\s?(\s(?:de|het|le|la|el|il)\s|\sl['’])?\Z")
_FOLLOW_MONEY = _DEFINITE | _BARE | _WITH_ARTICLE
_LONGEST_MONEY = 32  # characters before a unit
_NOTHING_GOES_ON = pattern(r"\.?\s?(?:\Z|[^\w\s]|brut|lord|nett|net[so]?(?![^\W_])|plus|\+)")
# "the day before", "the month of June"
_GOES_ON = pattern(
    r"\s(?:före|för|før|innan|efter|etter|derpå|därpå|deretter|siguiente|anterior|pasad[oa]|suivante?|prochaine?|dernière?"
    r"|précédente?|scors[oa]|successiv[oa]|precedente|erna|daarna|ervoor|de|du|del|di|van|y)(?![^\W_])"
)
_SHORT = pattern(r"/\s?(mo|wo|hrs|[hdmwvtuy])(?![^\W_])|p\.\s?([hdwa])\.?(?![^\W_])")
_LETTERS = {
    "h": "hour", "hrs": "hour", "t": "hour", "u": "hour", "d": "day", "w": "week", "wo": "week", "v": "week",
    "m": "month", "mo": "month", "y": "year", "a": "year",
}  # fmt: skip

# Compounds that end with a word for pay: "Bruttomonatsgehalt", "timlön", "dagtarief", "Jahresbrutto".
_PAY_ENDINGS = words(
    """gehalt gehälter lohn brutto netto einkommen vergütung entgelt salär satz sats lön lönen lønn lønnen løn lønnen
    inkomst inntekt indkomst peng salaris loon inkomen tarief"""
)
_HEAD = pattern(r"[^\W\d_]+\Z")
_LONGEST_HEAD = 24  # letters before the ending
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
_PERIOD_ENDS = pattern(
    r"[;|•0-9€$£+]|(?<!pr)[.]\s+(?=[^\W\d_]{2})|(?<![^\W\d_])(?:plus|zzgl|zuzüglich|incl|inkl|inclu|including|exkl|excl)"
)
_LAST_WORD = pattern(r"([^\W\d_]+)\.?\s?\Z")


def find_periods(text: str) -> list[Found[str]]:
    """Every period as `hour`, `day`, `week`, `month` or `year`; those of counted hours and days are left out."""
    lower = lowered(text).replace("\u00a0", " ").replace("\n", " ")
    found: list[Found[str]] = []
    for word in distinct_words(lower) & _KNOWN:
        found.extend(Found(*place) for place in _of_word(word, lower) if not _counts(lower, place[0]))
    found.extend(
        Found(match.start(), match.end(), _LETTERS[match[1] or match[2]])
        for match in _SHORT.finditer(lower)
        if match[1] or not lower[match.start() - 1 : match.start()].isalnum()
    )
    for ending in _PAY_ENDINGS:
        if ending in lower:
            found.extend(_compounds(ending, lower))
    found.sort(key=lambda one: one.start)
    return found


def period_behind(amount: str, behind: str) -> str | None:
    """The period within three words behind an amount, or right behind a comma; both in lower case."""
    head, _, rest = _PERIOD_ENDS.split(behind, maxsplit=1)[0].partition(",")
    # "pa" needs the figure before it, "timen" the currency
    for before, part in ((amount, head), ("", rest)):
        for one in find_periods(before + part):
            if one.end > len(before):
                gap = part[: max(0, one.start - len(before))]
                if len(gap.split()) <= 3 and (part is not rest or len(gap) <= 1):
                    return one.value
                break
    return None


def _of_word(word: str, lower: str) -> Iterator[tuple[int, int, str]]:
    """Where `word` states a period, with what stands before it."""
    if word in _FREE:
        for start, end in occurrences(word, lower):
            yield start, end, _FREE[word]
        return
    period, needed = _ONLY_BEHIND.get(word) or (_BEHIND_PER[word], _PER)
    follows_money = word in _FOLLOW_MONEY
    for start, end in occurrences(word, lower):
        before = f" {lower[max(0, start - 8) : start]}"
        if before.endswith(needed):
            longest = max(len(per.lstrip("0123456789k€ ")) for per in needed if before.endswith(per))
            yield start - longest, end, period
        elif follows_money and _is_behind_money(word, lower, start, end):
            yield start, end, period


def _is_behind_money(word: str, lower: str, start: int, end: int) -> bool:
    """Whether the unit at `[start, end)` ends an amount: "340 kr timen", "€ 3.100 de maand", "11 euros hora"."""
    money = _BEHIND_MONEY.search(lower, max(0, start - _LONGEST_MONEY), start)
    if not money or (money[1] and word not in _WITH_ARTICLE) or (not money[1] and word not in _DEFINITE | _BARE):
        return False
    if word in _BARE and not money[1]:
        return _NOTHING_GOES_ON.match(lower, end) is not None
    return not _GOES_ON.match(lower, end)


def _compounds(ending: str, lower: str) -> Iterator[Found[str]]:
    start = lower.find(ending)
    while start >= 0:
        end = start + len(ending)
        head = None if lower[end : end + 1].isalpha() else _HEAD.search(lower, max(0, start - _LONGEST_HEAD), start)
        if head:
            for part, period in _FIRST_PARTS.items():
                if part in head[0]:
                    yield Found(head.start(), end, period)
                    break
        start = lower.find(ending, end)


def _counts(lower: str, start: int) -> bool:
    """Whether hours, days or times stand before the period."""
    counted = _LAST_WORD.search(lower, max(0, start - 12), start)
    return counted is not None and counted[1] in _COUNTED
