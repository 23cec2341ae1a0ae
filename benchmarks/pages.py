"""Saved portal pages, made up: 300 kB of scripts, styles, menus and other jobs around one posting."""

from __future__ import annotations

import json
import random

FACTS = (
    "Gruppenleitung Lagerlogistik (m/w/d)",
    "48.000 – 56.000 € pro Jahr",
    "Kiel, Schleswig-Holstein",
    "Unbefristet, Vollzeit",
    "Sie teilen zwölf Kolleginnen und Kollegen ein.",
    "Sie bringen einen Staplerschein mit.",
    "Wir bieten 30 Tage Urlaub.",
    "Bewerben Sie sich bis zum 15. Mai 2026.",
)
"""What a reader of such a page sees of the posting."""
NOISE = (
    "Wir verwenden Cookies",
    "Partner 7",
    "Berufsfeld 12",
    "Ähnliche Stellenangebote",
    "Kommissionierer",
    "Impressum",
    "__STATE__",
    "font-family",
)
"""What stands around it."""

_WORDS = ["Lager", "Schicht", "Team", "Ware", "Tor", "Halle", "Kunde", "Auftrag", "Palette", "Regal", "Plan", "Stapler"]
_ICON = (
    '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2 4.5 20.3l.7.7L12 18l6.8 3 .7-.7z"/></svg>'
)


def page(number: int, size: int = 300_000) -> str:
    """Page `number`, of about `size` characters, of which about 2 in 100 are the posting's text."""
    chance = random.Random(number)
    title, salary, place, kind, duty, profile, benefit, deadline = FACTS
    duties = "".join(f"<li>{duty if at == 0 else _sentence(chance)}</li>" for at in range(8))
    asked = "".join(f"<li><span>{profile if at == 0 else _sentence(chance)}</span></li>" for at in range(8))
    offers = "".join(f"<li>{benefit if at == 0 else _sentence(chance)}</li>" for at in range(6))
    prose = "".join(f"<p>{' '.join(_sentence(chance) for _ in range(5))}</p>" for _ in range(4))
    article = f"""
<article class="listing" data-at="job-ad"><div class="listing__header banner"><h1 class="css-1x8ah7m">{title}</h1>
<div class="job-meta tags"><span class="tag">{_ICON}<span>{salary}</span></span>
<span class="tag">{_ICON}<span>{place}</span></span>
<span class="tag sidebar-link">{_ICON}<span>{kind}</span></span></div></div>
<div class="css-k1"><div class="css-k2"><div class="css-k3">{prose}</div></div></div>
<section><h2>Ihre Aufgaben</h2><ul>{duties}</ul></section><section><h2>Ihr Profil</h2><ul>{asked}</ul></section>
<section><h2>Wir bieten</h2><ul>{offers}</ul></section><p>{deadline}</p></article>"""
    around = _menu() + _consent()
    below = _others(chance) + _footer()
    head = _head(number)
    rest = size - sum(map(len, (article, around, below, head)))
    state = json.dumps({"__STATE__": [{"id": at, "text": _sentence(chance)} for at in range(400)], "html": article})
    state = state.replace("</", "<\\u002f")
    function = r"function n(e,t){return e<t&&t>0?'<p>'+e+'<\/p>':t}"
    bundle = function * (max(0, rest - len(state)) // len(function))
    return (
        f'<!doctype html><html lang="de">{head}<body class="page cookie-consent-open"><div id="root">{around}'
        f"<main>{article}</main>{below}</div>"
        f'<script id="__NEXT_DATA__" type="application/json">{state}</script>'
        f"<script>{bundle}</script><noscript><img src=x></noscript></body></html>"
    )


def _sentence(chance: random.Random) -> str:
    return f"Sie planen {' und '.join(chance.sample(_WORDS, 5))} für {chance.randint(2, 90)} Tage im Voraus."


def _head(number: int) -> str:
    links = "".join(f'<link rel="preload" as="script" href="/static/chunk-{at}.js">' for at in range(60))
    style = "".join(
        f".css-{at}{{display:flex;font-family:Inter,sans-serif;margin:0 {at}px;color:#2{at:03}}}" for at in range(900)
    )
    published = json.dumps(
        {"@context": "https://schema.org", "@type": "JobPosting", "title": FACTS[0], "identifier": number}
    )
    return (
        f'<head><meta charset="utf-8"><title>{FACTS[0]} | Stellen</title>{links}<style>{style}</style>'
        f'<script type="application/ld+json">{published}</script></head>'
    )


def _menu() -> str:
    items = "".join(
        f'<li class="nav__item"><a class="nav__link css-{at}" href="/jobs/feld-{at}" data-track="menu:{at}">'
        f"{_ICON}<span>Berufsfeld {at}</span></a></li>"
        for at in range(150)
    )
    crumbs = "".join(f'<li><a href="/{at}">Ort {at}</a></li>' for at in range(4))
    return (
        f'<header class="site-header"><a href="/">Stellen</a><nav><ul>{items}</ul></nav></header>'
        f'<ol class="breadcrumbs">{crumbs}</ol>'
    )


def _consent() -> str:
    partners = "".join(
        f'<li class="ot-item" style="margin:0"><button role="switch" id="ot-{at}" aria-checked="false"></button>'
        f"<label>Partner {at}</label><p>Zwecke: Anzeigen, Messung, Speicherung</p></li>"
        for at in range(120)
    )
    return f'<div id="onetrust-consent-sdk"><h2>Wir verwenden Cookies</h2><ul>{partners}</ul></div>'


def _others(chance: random.Random) -> str:
    cards = "".join(
        f'<li class="card"><a href="/job/{at}"><h3>Kommissionierer (m/w/d) {at}</h3></a><div class="card__meta">'
        f"<span>{chance.choice(_WORDS)} GmbH</span><span>Hamburg</span>"
        f"<span>{chance.randint(28, 60)}.000 €</span></div>"
        f'<button style="display:none" aria-label="merken">{_ICON}</button></li>'
        for at in range(40)
    )
    return (
        f'<section class="css-9f"><div><h2>Ähnliche Stellenangebote</h2></div><ul class="cards">{cards}</ul></section>'
    )


def _footer() -> str:
    links = "".join(f'<li><a href="/ort/{at}">Jobs in Ort {at}</a></li>' for at in range(120))
    return f'<footer><div><ul>{links}</ul></div><a href="/impressum">Impressum</a></footer>'
