from __future__ import annotations

import pytest

from benchmarks import pages
from extractor.documents import read

from .seen import parts

POSTING = f"<h1>Cook</h1><p>{'We need a cook for our canteen in Turku. ' * 9}</p>"
CARDS = "".join(
    f'<li><a href="/{n}"><h3>Baker {n}</h3></a><p><span>Oulu</span><span>{30 + n}.000 €</span></p></li>'
    for n in range(6)
)


def text_of(body: str) -> str:
    return read(f"<!doctype html><body>{body}</body>".encode(), source="test").text


@pytest.mark.parametrize("size", [300_000, 500_000])
def test_of_a_portal_page_the_posting_is_left(size: int) -> None:
    page = pages.page(1, size)
    assert len(page) > 0.99 * size
    document = read(page.encode(), source="page.html")
    assert len(document.text) < 0.02 * size
    assert [fact for fact in pages.FACTS if fact not in document.text] == []
    assert [noise for noise in pages.NOISE if noise in document.text] == []
    places = [document.text.index(fact) for fact in pages.FACTS]
    assert places == sorted(places)
    seen = parts(document)
    assert ("heading", pages.FACTS[0]) in seen
    assert ("item", pages.FACTS[4]) in seen


def test_what_stands_side_by_side_stays_apart() -> None:
    spans = "<div><span>Muster GmbH</span><span>Köln</span><span>40.000 €</span><b>Voll</b><b>zeit</b></div>"
    assert text_of(f"{POSTING}{spans}").endswith("Muster GmbH Köln 40.000 € Vollzeit")


@pytest.mark.parametrize(
    "heading",
    [
        "Similar jobs",
        "More open positions at Acme",
        "People also viewed",
        "Ähnliche Stellenangebote",
        "Weitere Jobs",
        "Liknande lediga jobb",
        "Lignende stillinger",
        "Vergelijkbare vacatures",
        "Offres similaires",
        "Plus d’offres",
        "Ofertas de empleo relacionadas",
        "Annunci simili",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "<section><h2>{}</h2><ul>{}</ul></section>",
        "<div><div><header><h3>{}</h3></header></div><div><ol>{}</ol></div></div>",
        "<h2>{}</h2><ul>{}</ul>",
    ],
)
def test_lists_of_other_jobs_go(heading: str, around: str) -> None:
    for page in (f"<main>{POSTING}</main>{{}}<p>The end.</p>", f"<main>{POSTING}{{}}<p>The end.</p></main>"):
        assert text_of(page.format(around.format(heading, CARDS))) == text_of(page.format(""))


def test_what_says_something_of_the_job_stays_below_such_a_heading() -> None:
    for block in (
        "<h2>More opportunities</h2><ul><li>to learn</li><li>to lead</li></ul>",
        '<h2>Other jobs</h2><p>You will also wash up. <a href="/house">Our house</a></p>',
        f'<h2>Other positions</h2><ul>{CARDS}</ul><p class="related-jobs">Pay: 30.000 €</p>',
        f'<section class="similar-jobs"><h1>Cook</h1><ul>{CARDS}</ul></section>',
    ):
        assert text_of(f"{POSTING}{block}").count("\n") > text_of(POSTING).count("\n"), block
    assert text_of(f"{POSTING}<h2>Other positions</h2><ul>{CARDS}</ul><p>Pay: 30.000 €</p>").endswith("Pay: 30.000 €")


def test_a_page_of_nothing_but_jobs_is_read() -> None:
    text = text_of(f"<h2>Latest jobs</h2><ul>{CARDS}</ul>")
    assert "Baker 5" in text


def test_lists_named_so_go_without_a_heading() -> None:
    assert text_of(f'{POSTING}<aside id="jobs" class="x-related-jobs"><ul>{CARDS}</ul></aside>') == text_of(POSTING)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_escaped_pages_are_read_however_often_they_were_escaped(times: int) -> None:
    page = "<div><p>Soup &amp; stew</p><ul><li>boil</li><li>R&amp;D</li></ul></div>"
    for _ in range(times):
        page = page.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    document = read(page.encode(), source="test")
    assert (document.media_type, document.text) == ("text/html", "Soup & stew\n\n- boil\n- R&D")


@pytest.mark.parametrize(
    "markup",
    [
        "<h2>Similar jobs</h2>" * 20_000,
        "<h2>Similar jobs <a href=/>x</a></h2>" * 20_000,
        "<div><h2>Similar jobs</h2><a href=/>x</a><a href=/>y</a></div>" * 10_000,
        "<div class=similar-jobs><a href=/>x</a>" * 500 + "<p>" + "x " * 100_000,
    ],
)
def test_made_pages_take_no_time_to_weigh(markup: str) -> None:
    assert read(f"<!doctype html><h1>Cook</h1>{markup}".encode(), source="test").text.startswith("Cook")
