"""Where the sentences of running text begin, in the nine languages of the postings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = re.compile(r"[.!?…][\"'”’“»)\]*_]*\s+")
_WORD = re.compile(r"[^\W\d_]+")
_APART = re.compile(r"[/(\[\"'’„“«»*_]")
_LONGEST = 20  # characters before a full stop that are looked at; no abbreviation is longer


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# All in lower case, without the last full stop. After these the sentence goes on, whatever follows.
_OPEN = _words("""
    e.g i.e cf viz vs approx dr prof mr mrs ms st mt incl excl resp
    z.b d.h i.d.r i.s.d i.s.v m.h.v u.a o.g s.g bzw circa dipl ing inkl exkl zzgl ggf ggfs evtl vgl sog gem
    einschl insb insbes bspw zb vorauss gegr betr bzgl std
    t.ex d.v.s bl.a fr.o.m t.o.m s.k p.g.a m.a.o dvs f.d
    f.eks f.ex jf vedr pga ift ifm mht tlf eks evt ekskl hhv
    bijv d.w.z o.a m.b.t i.v.m t.a.v v.w.b t.b.v i.c.m i.p.v dhr mevr mw drs
    p.ex c.-à-d env réf mme mlle
    p.ej ej sr sra srta dra d.ª ud uds aprox
    p.es sig sigg dott dott.ssa avv rag spett
""")

# After these it goes on where a number follows.
_NUMBERED = _words("""
    no nos nr art abs ziff fig p pp pág núm tel tél ext max min mind ca kl lt vol str
    jan feb mar apr jun jul aug sep sept okt oct nov dez dec des
""")

# After these it ends where the next word is one that sentences begin with.
_CLOSED = _words("""
    inc ltd corp co llc plc jr u.s u.k e.u a.m p.m ph.d m.sc b.sc m.a b.a m.s b.s e.v o.ä u.ä mbh
    m.m m.fl m.v bv b.v n.v s.a s.l s.p.a s.r.l s.l.u s.a.s a.s
""")

_STARTERS = _words("""
    you your we our the this that these they it in as if for to at with please all what how who when since while she he
    wir sie ihr ihre unser unsere du dein deine der die das den dem es ist als für bei mit wenn zu zum zur im
    vi vår våra vårt din ditt dina hos som det du ni är har vill om på med till i
    vores dine dit jeg ved hvis når vil er af til og
    wij je jij jouw ons onze het de een heb ben wat u dit wil
    nous vous notre votre nos vos le la les un une ce cette tu ton pour dans si
    nosotros nuestro nuestra buscamos ofrecemos el los las una te en para con
    noi il lo gli siamo cerchiamo offriamo ti per se nel
""")

MONTHS = _words("""
    january february march april may june july august september october november december
    januar februar märz mai juni juli oktober dezember
    januari februari mars maj augusti
    marts august
    maart mei augustus
    janvier février avril juin juillet août septembre octobre novembre décembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre desember
""")

CONNECTIVES = _words("""
    a an the and or of to in for with on at by from as our your their is are be will that which including
    und oder der die das den dem des ein eine einen einer einem von zu zum zur im bei mit für auf sowie unser unsere
    och eller att en ett som av på i med för till från om vår våra det
    og af til fra vores å vår våre
    de het een van voor met naar onze op te
    et ou le la les un une du à pour avec dans par sur nos votre vos
    y o el los las una del al por para con su sus nuestro nuestra
    e il lo gli di della dei delle da dal alla per nel nella
""")
"""Words that no sentence ends with: after one, it goes on."""


def starts(text: str, start: int, end: int) -> Iterator[int]:
    """The offsets in `text[start:end]`, `start` itself left out, at which a sentence begins.

    A full stop ends none after an abbreviation, an initial or an ordinal number, nor before a small letter.
    """
    for stop in _END.finditer(text, start, end):
        after = stop.end()
        if after >= end:
            return
        first = text[after]
        if first.islower() or first in ",;:)]}&|/=+–—-":
            continue
        if text[stop.start()] != "." or _ends(text[max(start, stop.start() - _LONGEST) : stop.start()], text, after):
            yield after


def _ends(before: str, text: str, after: int) -> bool:
    """Whether the full stop behind `before` ends a sentence, given that the word at `after` could begin one."""
    words = before.split()
    if not words or before[-1].isspace():
        return True
    word = _APART.split(words[-1])[-1]
    low = word.lower()
    if len(word) == 1 and word.isalpha():
        if word == low or (len(words) > 1 and len(words[-2]) == 2 and words[-2][1] == "."):
            return False  # "d. h. Sie", "z. B. Der"
    elif low in _OPEN:
        return False
    elif low in _NUMBERED:
        return not text[after].isdigit()
    elif low not in _CLOSED and not (word.isdigit() and len(word) <= 2):
        return True
    following = _WORD.match(text, after)
    return following is not None and following[0].lower() in _STARTERS
