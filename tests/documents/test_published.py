"""The JobPosting items of a page: JSON-LD and microdata as pages have them, broken and hostile ones too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from extractor.documents import read
from extractor.documents.markup import tree_of
from extractor.documents.published import items

BAKER = {"@type": "JobPosting", "title": "Baker"}


def script(content: Any, kind: str = "application/ld+json") -> str:
    return f'<script type="{kind}">{content if isinstance(content, str) else json.dumps(content)}</script>'


def published(*parts: str) -> tuple[list[dict[str, Any]], list[str]]:
    found, warnings = of(f"<html><body>{''.join(parts)}<p>Text</p></body></html>")
    return list(found), warnings


def of(page: str) -> tuple[tuple[dict[str, Any], ...], list[str]]:
    return items(page, tree_of(page))


@pytest.mark.parametrize(
    "content",
    [
        BAKER,
        [BAKER],
        [[BAKER], {"@type": "WebPage"}],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, BAKER]},
        {"@type": "WebPage", "mainEntity": BAKER},
        f"<!-- {json.dumps(BAKER)} -->",
        f"\n//<![CDATA[\n{json.dumps(BAKER)}\n//]]>\n",
        f"/*<![CDATA[*/{json.dumps(BAKER)}/*]]>*/",
    ],
    ids=str,
)
def test_json_ld_is_found_wherever_it_stands(content: Any) -> None:
    assert published(script(content)) == ([BAKER], [])


def test_types_may_be_lists_and_addresses_and_the_script_s_type_in_capitals() -> None:
    other = {"@type": ["Thing", "http://schema.org/JobPosting"], "title": "Cook\nat night"}
    raw = json.dumps(other).replace("\\n", "\n")  # a line end in a string: no JSON, but nothing is open
    assert published(script(BAKER, "application/LD+JSON; charset=utf-8"), script(raw)) == ([BAKER, other], [])


def test_a_node_named_by_its_id_stands_in_its_place() -> None:
    employer = {"@type": "Organization", "@id": "#us", "name": "Norrbrød AB", "founder": {"@id": "#them"}}
    posting = {**BAKER, "@id": "#job", "hiringOrganization": {"@id": "#us"}, "jobLocation": {"@id": "#nowhere"}}
    page = {"@type": "WebPage", "mainEntity": {"@type": "JobPosting", "@id": "#job"}}
    (found,), _ = published(script([employer, page]), script(posting))
    assert found == {**posting, "hiringOrganization": {**employer, "founder": {"@id": "#them"}}}


@pytest.mark.parametrize(
    "content",
    [
        '{"@type": "JobPosting", "title": "Baker",}',
        '{"@type": "JobPosting"',
        '{"@type": "JobPosting", "baseSalary": NaN}',
        "JobPosting",
    ],
)
def test_json_that_is_none_is_a_warning_and_never_mended(content: str) -> None:
    found, warnings = published(script(content), script(BAKER))
    assert found == [BAKER]
    assert len(warnings) == 1
    assert "no valid JSON" in warnings[0]


def test_what_isn_t_about_a_job_is_passed_over() -> None:
    assert published(script('{"@type": "Product",}')) == ([], [])
    assert published(script({"@type": "Product", "name": "JobPosting"})) == ([], [])
    assert published(script(BAKER, "text/template"), "<p>JobPosting</p>") == ([], [])
    assert published(f"<!-- {script(BAKER)} -->") == ([], [])


MICRODATA = """
<div itemscope itemtype="https://schema.org/JobPosting">
  <h1 itemprop="title">Night &amp; day baker</h1>
  <meta itemprop="employmentType" content="FULL_TIME"><span itemprop="employmentType">PART_TIME</span>
  <div itemprop="hiringOrganization" itemscope itemtype="https://schema.org/Organization">
    <a itemprop="name sameAs" href="https://norrbrod.example">Norrbrød</a>
  </div>
  <div itemprop="jobLocation" itemscope itemtype="http://schema.org/Place"><p>
    <span itemprop="address" itemscope itemtype="http://schema.org/PostalAddress">
      <span itemprop="addressLocality">Lund</span></span></p></div>
  <time itemprop="datePosted" datetime="2025-03-01">yesterday</time>
  <div itemprop="responsibilities"><ul><li>Bake</li><li>Sell</li></ul></div>
  <div itemscope itemtype="https://schema.org/Person"><span itemprop="name">Nobody's</span></div>
</div>"""


def test_microdata_has_the_shape_of_json_ld() -> None:
    (found,), warnings = published(MICRODATA)
    assert found == {
        "@type": "JobPosting",
        "title": "Night & day baker",
        "employmentType": ["FULL_TIME", "PART_TIME"],
        "hiringOrganization": {
            "@type": "Organization",
            "name": "https://norrbrod.example",
            "sameAs": "https://norrbrod.example",
        },
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": "Lund"}},
        "datePosted": "2025-03-01",
        "responsibilities": "<ul><li>Bake</li><li>Sell</li></ul>",
    }
    assert warnings == []


def test_a_document_has_them_and_its_text_does_not() -> None:
    page = f"<html><body>{script(BAKER)}<p>Cook wanted.</p></body></html>"
    document = read(page.encode(), source="a.html")
    assert document.published == (BAKER,)
    assert document.text == "Cook wanted."
    broken = read(page.replace("}</script>", "</script>").encode(), source="a.html")
    assert broken.published == ()
    assert "no valid JSON" in broken.warnings[0]
    assert read(b"<p>Cook wanted as JobPosting.</p>", source="a.html").published == ()
    assert read(b"Cook wanted: JobPosting.", source="a.txt").published == ()


@pytest.mark.parametrize(
    "page",
    [
        script("[" * 100_000 + '"JobPosting"'),
        script('{"@type": "JobPosting", "a": ' * 900 + "1" + "}" * 900),
        script([{"@type": "JobPosting", "@id": "#a", "x": [{"@id": "#a"}] * 300}]),
        '<div itemscope itemtype="https://schema.org/JobPosting"><p itemprop="title">' * 5_000,
        '<div itemscope itemprop="a" itemtype="https://schema.org/JobPosting">' * 5_000,
        '<div itemscope itemtype="https://schema.org/JobPosting">' + '<b itemprop="title">' * 5_000,
        '<script type="application/ld+json"><!--' * 20_000 + "JobPosting",
        script("<!--" + " " * 200_000 + "JobPosting"),
    ],
    ids=["lists", "objects", "names", "items", "scopes", "nested", "scripts", "blanks"],
)
def test_a_hostile_page_takes_no_more_than_its_share(page: str) -> None:
    found, _ = of(f"<html><body>{page}</body></html>")  # what isn't linear takes minutes
    assert len(found) <= 100
    assert len(json.dumps(found)) < 5_000_000
