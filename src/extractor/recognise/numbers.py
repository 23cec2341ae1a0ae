"""Numbers as postings write them: figures with any separators, fractions, and words of nine languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from extractor.recognise.found import Found
from extractor.recognise.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

# The first digit is consumed before it is judged: so the engine skips to digits instead of testing every character.
# A figure glued to letters is part of a name ("B2", "ISO27001"), except behind a currency ("EUR50", "kr500").
# Space, no-break space, narrow no-break space, thin space and apostrophes group by three (CLDR, all nine languages).
FIGURE = (
    r"[0-9](?:(?<![^\W_].)|(?<=(?<![^\W_])[A-Z]{3}.)|(?<=(?<![^\W_])[Kk]r.))(?<![0-9][.,'’].)"
    r"(?:[0-9]{0,2}(?:([ \u00a0\u202f\u2009'’])[0-9]{3}(?:\1[0-9]{3})*(?![0-9]))(?:[.,][0-9]{1,2}(?![0-9]))?"
    r"|[0-9]*(?:[.,][0-9]+)*)"
)
_GROUPING = str.maketrans("", "", " \u00a0\u202f\u2009'’")
_DIGITS = str.maketrans("", "", "0123456789")
_LONGEST = 24  # characters; anything longer is an identifier, and costs nothing

_FIGURE = pattern(FIGURE)
_FRACTION = pattern(r"[½¼¾⅓⅔]")
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_MULTIPLIER = pattern(
    r"[ \u00a0]?(?:(k(?:(?=eur|chf|gbp|usd|sek|nok|dkk|kr)|(?![^\W_]))|t(?=€|eur|chf|sek|nok|dkk|kr)|thousand|tausend"
    r"|tsd|tusind|tusen|duizend|mille|mila|mil(?![^\W_]))|(million|miljon|milion|millón|millon|miljoen|mio|mln|mn|m(?![^\W_])))",
    re.IGNORECASE,
)
_MULTIPLIES = frozenset("dkmtDKMT")
# "K€ 45", "T€ 60", "TEUR 60", "tkr 42"
_THOUSANDS_BEFORE = pattern(r"(?<![^\W_])(?:[kt](?:[€£$]|eur|chf|gbp|usd|sek|nok|dkk)|tkr)\.?\s?\Z", re.IGNORECASE)
_MAY_END_THOUSANDS = frozenset("€£$.rfpdknRFPDKN")
# What joins the ends of a range whose thousands are written once: "48-56k", "38/42 K€", "K€ 45 bis 50".
_THOUSANDS_ONCE = pattern(
    r"\s?(?:[-–—−~/]|to|and|bis|und|till|och|til|og|tot|en|à|et|a|y|al?|e)\s?(?:[€£$]|[A-Z]{3}\s|kr\.?\s)?"
)
_LONGEST_JOINT = 10  # characters
_WORD = pattern(r"[^\W\d_]+")
_JOINT = pattern(r"[\s\u2010\u2011-]{1,3}")
_PHRASE = pattern(
    r"[^\W\d_]+([\s\u2010\u2011-]{1,3}[^\W\d_]+)([\s\u2010\u2011-]{1,3}[^\W\d_]+)?([\s\u2010\u2011-]{1,3}[^\W\d_]+)?"
)


def lowered(text: str) -> str:
    """`text` in lower case and of the same length, so that offsets hold: U+0130 is the one letter that grows."""
    return text.replace("\u0130", "I").lower()


def in_thousands(text: str, start: int) -> bool:
    """Whether the currency right before the figure at `start` counts thousands: "K€ 45", "TEUR 60"."""
    last = text[max(0, start - 2) : start].rstrip()[-1:]
    return last in _MAY_END_THOUSANDS and _THOUSANDS_BEFORE.search(text, max(0, start - 8), start) is not None


def readings(figure: str) -> list[float]:
    """The values that a figure without sign or unit may have, the likeliest first; [] if it is no number.

    "50.000" is fifty thousand or fifty; "1.2.3" and a figure of more than 24 characters are none.
    """
    if len(figure) > _LONGEST:
        return []
    if figure.isdecimal():
        return [float(figure)]
    plain = figure.translate(_GROUPING)
    marks = plain.translate(_DIGITS)
    if not marks:
        return [float(plain)]
    whole, _, last = plain.rpartition(marks[-1])
    decimal = float(f"{re.sub('[.,]', '', whole)}.{last}")
    groups = re.split(r"[.,]", plain)
    # "1.234.567", and "12,00,000" as India groups
    three = len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:])
    two = marks[0] == "," and len(groups[-1]) == 3 and all(0 < len(group) <= 2 for group in groups[:-1])
    if len(set(marks)) == 1:
        thousands = float("".join(groups))
        if len(marks) > 1:
            return [thousands] if three or two else []
        return [thousands, decimal] if three and plain == figure else [decimal]
    if len(set(marks[:-1])) > 1 or not _grouped(groups[:-1]):
        return []
    return [decimal]


def _grouped(groups: list[str]) -> bool:
    return 0 < len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def find_numbers(text: str) -> list[Found[float]]:
    """Every number in `text`, by place; of an ambiguous one all readings ("50.000": 50000.0, 50.0)."""
    found = _find_figures(text)
    found.extend(_find_words(text))
    found.sort(key=lambda one: one.start)
    return found


def _find_figures(text: str) -> list[Found[float]]:
    found: list[Found[float]] = []
    fractions: dict[int, float] = {}
    if any(sign in text for sign in _FRACTIONS):
        fractions.update((match.start(), _FRACTIONS[match[0]]) for match in _FRACTION.finditer(text))
    last = Found(0, 0, 0.0)  # the figure before, in its last reading
    carried = False  # whether its thousands count for the next figure too
    for match in _FIGURE.finditer(text):
        start, end = match.span()
        figure = match.group()
        values = readings(figure)
        once = start - last.end <= _LONGEST_JOINT and last.end > 0 and _THOUSANDS_ONCE.fullmatch(text, last.end, start)
        carried = bool(values) and (in_thousands(text, start) or bool(once and carried))
        plain = values[-1] if values else 0.0
        if carried:
            values = [values[-1] * 1e3, *values]
        if fractions:
            at = end + text.startswith((" ", "\u00a0"), end)
            if at in fractions:
                fraction, end = fractions.pop(at), at + 1
                values = [value + fraction for value in values]
        multiplier = _MULTIPLIER.match(text, end) if text[end : end + 2].lstrip()[:1] in _MULTIPLIES else None
        if multiplier and values:
            # "1.250k" has a decimal point, for nobody counts millions in thousands; "5 m" may be metres
            values = [round(values[-1] * (1e3 if multiplier[1] else 1e6), 6), *values]
            end = multiplier.end()
        found.extend([Found(start, end, value) for value in values])
        high = values[0] if once and not carried and values else 0.0
        if (high >= 1e4 or high > plain) and last.value * 1e3 <= high <= last.value * 2e4:
            found.append(Found(last.start, last.end, last.value * 1e3))
        last = Found(start, end, plain)
        if " " in figure and values:
            # two columns of a table, perhaps
            parts = re.finditer(r"[0-9]+", figure)
            found.extend([Found(start + part.start(), start + part.end(), float(part[0])) for part in parts])
    found.extend([Found(start, start + 1, value) for start, value in fractions.items()])
    return found


def _find_words(text: str) -> list[Found[float]]:
    singles, phrases, openers = _vocabulary()
    lower = lowered(text)
    found: list[Found[float]] = []
    present = distinct_words(lower)
    for word in present & singles.keys():
        cues = _SHARED.get(word)
        if cues and cues.isdisjoint(present):
            continue
        for start, end in occurrences(word, lower):
            phrase = _phrase_at(lower, start, phrases) if word in openers else None
            if phrase:
                found.append(phrase)
            elif not cues or not cues.isdisjoint(lower[max(0, start - 40) : end + 40].split()):
                found.extend([Found(start, end, value) for value in singles[word]])
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Found[float]] = []
    for one in found:
        # "vingt" inside "quatre-vingt" is no twenty; two readings of one word stand at one place
        if not kept or one.start >= kept[-1].end or (one.start, one.end) == (kept[-1].start, kept[-1].end):
            kept.append(one)
    return kept


def distinct_words(lower: str) -> set[str]:
    """Splitting at white space and looking closer where needed takes a third of the time of a regex."""
    pieces = set(lower.split())
    words = set(filter(str.isalpha, pieces))
    words.update(_WORD.findall(" ".join(pieces - words)))
    return words


def occurrences(word: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where `word` stands between other than letters."""
    length = len(word)
    start = lower.find(word)
    while start >= 0:
        end = start + length
        if not (lower[start - 1 : start].isalpha() or lower[end : end + 1].isalpha()):
            yield start, end
        start = lower.find(word, end)


def _phrase_at(lower: str, start: int, phrases: dict[str, float]) -> Found[float] | None:
    """The longest number of two to four words that begins at `start`."""
    match = _PHRASE.match(lower, start)
    ends = [match.end(group) for group in (3, 2, 1) if match[group]] if match else []
    for end in ends:
        value = phrases.get(_JOINT.sub(" ", lower[start:end]))
        if value is not None:
            return Found(start, end, value)
    return None


def is_shared(word: str, neighbour: str) -> bool:
    """Whether a number word means something else in another language and `neighbour` doesn't speak for the number."""
    cues = _SHARED.get(word)
    return cues is not None and neighbour not in cues


def number_word(words: list[str]) -> float | None:
    """The value of number words in lower case (["vingt", "cinq"]), or None."""
    singles, phrases, _ = _vocabulary()
    if len(words) > 1:
        return phrases.get(" ".join(words))
    return singles[words[0]][0] if words[0] in singles else None


def unaccented(word: str) -> str:
    """`word` without its combining marks: "fünf" as "funf", "één" as "een"."""
    if word.isascii():
        return word
    return "".join(mark for mark in unicodedata.normalize("NFD", word) if not unicodedata.combining(mark))


def words(text: str) -> frozenset[str]:
    """The words of a word list."""
    return frozenset(text.split())


# 1 to 19, then 20 to 100 in tens; a spelling without accents counts as well; spellings of one number are joined by "/".
_SIMPLE = {
    "en": (
        """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen""",
        "twenty thirty forty/fourty fifty sixty seventy eighty ninety hundred",
    ),
    "de": (
        """ein/eins/eine/einen/einem/einer/eines zwei/zwo drei vier fünf/fuenf sechs sieben acht neun zehn elf
        zwölf/zwoelf dreizehn vierzehn fünfzehn/fuenfzehn sechzehn siebzehn achtzehn neunzehn""",
        "zwanzig dreißig/dreissig vierzig fünfzig/fuenfzig sechzig siebzig achtzig neunzig hundert/einhundert",
    ),
    "sv": (
        """en/ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton
        nitton""",
        "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio hundra/etthundra",
    ),
    "da": (
        """en/én/et/ét to tre fire fem seks syv otte ni ti elleve tolv tretten fjorten femten seksten sytten atten
        nitten""",
        "tyve tredive fyrre/fyrretyve halvtreds tres halvfjerds firs halvfems hundrede/ethundrede",
    ),
    "no": (
        """en/én/ei/ett/ein/eit to tre fire fem seks sju/syv åtte ni ti elleve tolv tretten fjorten femten seksten
        sytten atten nitten""",
        "tjue/tyve tretti/tredve førti femti seksti sytti åtti nitti hundre/etthundre",
    ),
    "nl": (
        """een/één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien
        zeventien achttien negentien""",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig honderd",
    ),
    "fr": (
        """un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix_sept
        dix_huit dix_neuf""",
        """vingt trente quarante cinquante soixante soixante_dix/septante
        quatre_vingts/quatre_vingt/huitante/octante quatre_vingt_dix/nonante cent""",
    ),
    "es": (
        """un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis
        diecisiete dieciocho diecinueve""",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien/ciento",
    ),
    "it": (
        """un/uno/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici
        sedici diciassette diciotto diciannove""",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento",
    ),
}
HALVES = words("half halb halbe halben halber halbes halv halva halvt halve demi demie medio media mezzo mezza")
_STRESSED = {"un": "ún", "dos": "dós", "tres": "trés", "seis": "séis"}
_OTHERS = {"anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5, "anderhalf": 1.5}
_OTHERS |= {"anderhalve": 1.5, "halvanden": 1.5, "halvandet": 1.5, "halvannen": 1.5, "halvannet": 1.5}
_OTHERS |= {"dozen": 12, "dutzend": 12, "dussin": 12, "douzaine": 12, "docena": 12, "dozzina": 12}

# Number words that mean something else in another of the languages count only near words of their own.
_NORDIC = words(
    """och og år års som på av af til søker søger søkes søges måneder måneders månader månaders månad måned timer
    timmar uker veckor uger dager dagar dage stillinger tjänster personer medarbejdere medarbetare ansatte
    årig årige åriga årigt"""
)
_SPANISH = words("años año meses horas días plazas puestos personas de del los las con por y el al")
_ITALIAN = words("anni anno mesi ore giorni posti persone di del della con per e il da gli le")
_FRENCH = words("ans mois heures jours postes personnes semaines de des les du et le")
_SHARED = {
    **dict.fromkeys(words("to fire en et ni ti sex ei"), _NORDIC),
    **dict.fromkeys(words("once media medio"), _SPANISH),
    **dict.fromkeys(words("due sei sette"), _ITALIAN),
    **dict.fromkeys(words("onze cent"), _FRENCH),
}


@cache
def _vocabulary() -> tuple[dict[str, list[float]], dict[str, float], frozenset[str]]:
    """Single words with their readings, phrases of several words, and the words that open a phrase."""
    table: dict[str, list[float]] = {}

    def add(words: str, value: float) -> None:
        for spelling in (words, unaccented(words)):
            values = table.setdefault(spelling, [])
            if value not in values:
                values.append(float(value))

    for language, (ones, tens) in _SIMPLE.items():
        low = [entry.replace("_", " ").split("/") for entry in ones.split()]
        high = [entry.replace("_", " ").split("/") for entry in tens.split()]
        for number, words in enumerate(low, 1):
            for word in words:
                add(word, number)
        for count, words in enumerate(high, 2):
            for word in words:
                add(word, 10 * count)
        for (count, big), (number, small) in product(enumerate(high[:-1], 2), enumerate(low, 1)):
            for ten, one in product(big, small):
                for word in _compounds(language, ten, one, number):
                    add(word, 10 * count + number)
    for word in HALVES:
        add(word, 0.5)
    for word, value in _OTHERS.items():
        add(word, value)
    phrases = {words: values[0] for words, values in table.items() if " " in words}
    singles = {word: values for word, values in table.items() if " " not in word}
    return singles, phrases, frozenset(words.split()[0] for words in phrases)


def _compounds(language: str, ten: str, one: str, number: int) -> list[str]:
    """How `language` writes a ten and a one together, in every order and spelling in use."""
    if language == "fr" and (ten in ("soixante", "quatre vingt") or number < 10):
        # soixante et onze, quatre-vingt-dix-neuf
        return [f"{ten} {one}", f"{ten} et {one}"]
    if number >= 10:
        return []
    match language:
        case "en":
            return [f"{ten} {one}", f"{ten}{one}"]
        case "de":
            return [f"{one}und{ten}"] if one not in ("eins", "zwo") else []
        case "nl":
            return [f"{one}ën{ten}" if one.endswith("e") else f"{one}en{ten}"]
        case "da":
            return [f"{one}og{ten}"]
        case "no":
            return [f"{ten}{one}", f"{one}og{ten}"]
        case "sv":
            return [f"{ten}{one}"]
        case "es":
            return [f"veinti{_STRESSED.get(one, one)}"] if ten == "veinte" else [f"{ten} y {one}"]
        case "it":
            return [(ten[:-1] if one[0] in "uo" else ten) + ("tré" if one == "tre" else one)]
    return []
