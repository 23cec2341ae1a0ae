"""Weekly working hours."""

from __future__ import annotations

from extractor.recognise.found import Found
from extractor.recognise.numbers import lowered, readings, words
from extractor.recognise.patterns import pattern
from extractor.recognise.quantities import bound_after, quantity_before

_MOST = 80  # hours a week; beyond it nobody is employed

# The digit comes first, so that the engine skips to digits. A single letter needs its slash, but for the "h" of all.
_HOURS = pattern(
    r"[0-9½)+][\s\u00a0-]{0,2}(h(?:ours?|rs?|eures?|oras?)?|std|stunden?|timm(?:ar|ars|e)|timers?|timar|t(?=/)|uur|uren"
    r"|wochenst(?:d|unden)|weekuren|u(?=/)|urige?|ore)(?![^\W_])\.?"
)
_DUTCH = ("uur", "uren")  # what a Dutch title says without any "week": "32-40 uur"

# "Hours per week: 37.5": the label stands before the figure.
_LABEL = pattern(
    r"(?:hours (?:per |a |/ ?)?week|weekly (?:working )?hours|wochenstunden|stunden ?(?:pro|/) ?woche|std\.? ?/ ?woche"
    r"|wochenarbeitszeit|wöchentliche arbeitszeit|veckoarbetstid|timmar (?:per|i) veckan?|ukentlig arbeidstid"
    r"|timer (?:pr\.?|per|om|i) u[gk]en?|ugentlig arbejdstid|(?:uren|uur) per week|heures (?:par |/ ?)semaine"
    r"|ore settimanali|horas (?:semanales|a la semana|por semana))[^\w\n]{1,8}(?:(?:von|de|på|di|of|ca)\s)?"
    r"([0-9]{1,2}(?:[.,][0-9]{1,2})?)(?:\s?(?:-|–|to|bis|till?|tot|à|a)\s?([0-9]{1,2}(?:[.,][0-9]{1,2})?))?"
    r"(?![0-9.,:]?[0-9])"
)
_LABELLED = ("week", "woche", "wöchent", "vecka", "veckoarb", " uge", " uke", "ugentlig", "ukentlig", "semaine", "sema")

_LABEL_BEGINS, _LABEL_ENDS = 24, 96  # characters before and behind such a part in which its label and figures stand

# Parts of words that say "week" in nine languages.
_WEEK = (
    "week", "woche", "wöch", "veck", "arbejdsuge", "arbeidsuke", "ukentlig", "ugentlig", "semaine", "hebdo", "semana",
    "settiman", " uge", "/uge", " uke", "/uke", " veka", " wk", "/wk", " pw", "p.w", " sem.", "/sem", "/sett",
)  # fmt: skip
_OTHER_PERIOD = pattern(
    r"\s?(?:/|per|pro|a|each|am|pr\.?|om|par|por|al|all['’]|je|i|im)\s?(?:day|month|year|annum|tag|monat|jahr|dag|dagen|månad"
    r"|måned|måneden|år|året|jaar|maand|jour|mois|an|día|dia|mes|año|giorno|mese|anno|shift|schicht)(?![^\W_])"
)
# Where one of these stands in the line, a figure without "week" speaks of the week all the same.
_EMPLOYMENT = pattern(
    r"full.?time|part.?time|vollzeit|teilzeit|heltid|deltid|fuldtid|voltijd|deeltijd|temps (?:plein|complet|partiel)"
    r"|tiempo (?:completo|parcial)|jornada|tempo (?:pieno|parziale)|arbeitszeit|work(?:ing)? hours|arbetstid|arbejdstid"
    r"|arbeidstid|dienstverband|contrat|contract|vertrag|orario|(?<![^\W_])(?:hours|cdi|cdd|fte|wte)(?![^\W_])"
)
_PART_TIME = (
    "part-time",
    "part time",
    "teilzeit",
    "deltid",
    "deeltijd",
    "temps partiel",
    "tiempo parcial",
    "part_time",
)
_LEAST = 8  # hours; fewer without "week" are a shift
_CLOCK = 24  # hours; a range up to here without "week" may be a time of day
_RESPONSE = words("within innerhalb inom inden binnen entro dans every last next after")
_BREAK = pattern(r"[.;]\s|[\n|•]")
_END = pattern(r"[.;]\s|[\n|•0-9]")


def find_hours(text: str) -> list[Found[tuple[float | None, float | None]]]:
    """Hours of work a week as (least, most); one stated figure fills both, "at least 20" the first alone.

    Hours of a day, month or year, opening times and times of response are none.
    """
    lower = lowered(text)
    found: dict[int, Found[tuple[float | None, float | None]]] = {}
    for match in _HOURS.finditer(lower):
        quantity = quantity_before(lower, match.start(1))
        if quantity is None:
            continue
        low, high = quantity.low, quantity.high or quantity.low
        if 0 < low <= high <= _MOST and _weekly(lower, quantity.start, match.end(), low, high, match[1]):
            after, end = bound_after(lower, match.end())
            bound = None if high > low else quantity.bound or after
            value = (None if bound == "max" else low, None if bound == "min" else high)
            found[quantity.start] = Found(quantity.start, end, value)
    for part in _LABELLED:
        at = lower.find(part)
        while at >= 0:
            begin, end = max(0, at - _LABEL_BEGINS), at + _LABEL_ENDS
            for match in _LABEL.finditer(lower, begin, end) if any(map(str.isdigit, lower[begin:end])) else ():
                low = readings(match[1])[-1]
                high = readings(match[2])[-1] if match[2] else low
                if 0 < low <= high <= _MOST:
                    found.setdefault(match.start(1), Found(match.start(1), match.end(), (low, high)))
            at = lower.find(part, at + 1)
    return [found[start] for start in sorted(found)]


def _weekly(lower: str, start: int, end: int, low: float, high: float, unit: str) -> bool:
    """Whether the figure at `start`, whose unit ends at `end`, counts the hours of a week."""
    behind = _END.split(lower[end : end + 40], maxsplit=1)[0]
    if _OTHER_PERIOD.match(behind):
        return False
    before = _BREAK.split(lower[max(0, start - 60) : start])[-1]
    if any(part in behind or part in before or part in unit for part in _WEEK):
        return True
    if high < _LEAST or not _RESPONSE.isdisjoint(before.split()[-2:]):
        return False
    if low < high <= _CLOCK:
        return any(part in before for part in _PART_TIME)
    if unit in _DUTCH and high > _CLOCK:
        return True
    return bool(_EMPLOYMENT.search(before) or _EMPLOYMENT.search(behind))
