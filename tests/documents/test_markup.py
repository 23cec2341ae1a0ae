from __future__ import annotations

from html import escape

import pytest

from extractor.documents import read

from .seen import parts, seen


def text_of(markup: str) -> str:
    return read(markup.encode(), source="test", media_type="text/html").text


def test_a_page_as_a_reader_sees_it() -> None:
    page = """<!doctype html>
<html><head><title>Jobs</title><style>p { color: red }</style><script>track("<p>x</p>")</script></head>
<body>
  <nav><ul><li><a href="/">Home</a></li></ul></nav>
  <header><ul><li><a href="/jobs">All jobs</a></li><li><a href="/login">Login</a></li></ul></header>
  <main>
    <h1>Cook <small>(m/f/x)</small></h1>
    <p>We need a <em>very</em> good
       cook&nbsp;&amp; baker.<br>Apply now.</p>
    <h2>Tasks</h2>
    <ul>
      <li>Soup<ul><li>hot</li><li>cold</li></ul></li>
      <li><p>Stew</p></li>
    </ul>
    <ol><li>Write</li><li>Wait</li></ol>
    <table>
      <thead><tr><th>Shift</th><th>Pay</th></tr></thead>
      <tr><td>Day</td><td><p>15 €</p></td></tr>
      <tr><td>Night</td><td>20 €<br>an hour</td></tr>
    </table>
    <noscript>Switch scripts on</noscript><template>More</template><svg><title>Logo</title></svg>
    <select><option>English</option></select>
  </main>
  <footer><a href="/imprint">Imprint</a> · <a href="/privacy">Privacy</a></footer>
</body></html>"""
    document = read(page.encode(), source="test")
    assert document.text == (
        "Cook (m/f/x)\n\nWe need a very good cook & baker.\nApply now.\n\nTasks\n\n"
        "- Soup\n  - hot\n  - cold\n- Stew\n1. Write\n2. Wait\n\n"
        "Shift | Pay\nDay | 15 €\nNight | 20 € an hour"
    )
    assert parts(document) == [
        ("heading", "Cook (m/f/x)"),
        ("text", "We need a very good cook & baker."),
        ("text", "Apply now."),
        ("heading", "Tasks"),
        ("item", "Soup"),
        ("item", "hot"),
        ("item", "cold"),
        ("item", "Stew"),
        ("item", "Write"),
        ("item", "Wait"),
        ("row", "Shift | Pay"),
        ("row", "Day | 15 €"),
        ("row", "Night | 20 € an hour"),
    ]


@pytest.mark.parametrize(
    "block",
    [
        '<div class="meta job-meta tags"><span>30,000 €</span></div>',
        '<header class="job-header banner"><h1>Cook</h1><ul><li><a href="/berlin">30,000 €</a></li></ul></header>',
        '<aside class="sidebar"><p>30,000 €</p></aside>',
        '<footer class="job-footer"><p>We pay 30,000 €</p><a href="/apply">Apply</a></footer>',
        '<ul class="tags"><li><a href="/30">30,000 €</a></li></ul>',
        '<div class="popup-trigger nav-tabs menu-item">30,000 €</div>',
        '<article><header><ul><li><a href="/30">30,000 €</a></li></ul></header><p>Cook</p></article>',
        '<p class="cookies">We bake cookies for 30,000 €</p>',
        "<details><summary>Pay</summary>30,000 €</details>",
        '<div hidden="until-found">30,000 €</div>',
        "<dl><dt>Pay</dt><dd>30,000 €</dd></dl>",
        "<button>30,000 €</button>",
    ],
)
def test_what_says_something_of_the_job_stays(block: str) -> None:
    page = f"<!doctype html><body><p>{'We need a cook for our canteen. ' * 9}</p>{block}</body>"
    assert "30,000 €" in text_of(page)


@pytest.mark.parametrize(
    "block",
    [
        "<p hidden>secret</p>",
        '<p style="display: none">secret</p>',
        '<p style="color:red;DISPLAY:NONE">secret</p>',
        '<p style="visibility:hidden">secret</p>',
        '<div role="navigation">secret</div>',
        '<div role="dialog">secret</div>',
        "<dialog>secret</dialog>",
        '<div id="onetrust-consent-sdk"><p>secret</p></div>',
        '<div id="CybotCookiebotDialog">secret</div>',
        '<section class="m-cookie-banner is-open">secret</section>',
        '<div class="CookieConsent">secret</div>',
        '<div id="klaro"><div class="cc-window">secret</div></div>',
        '<div aria-hidden="true"><a href="/">secret</a></div>',
        '<ol class="breadcrumb"><li><a href="/">secret</a></li></ol>',
        '<div role="contentinfo"><a href="/">secret</a></div>',
        "<!-- secret -->",
        "<iframe>secret</iframe>",
        "<textarea>secret</textarea>",
    ],
)
def test_what_a_reader_does_not_see_is_dropped(block: str) -> None:
    page = f"<!doctype html><body><p>{'We need a cook for our canteen. ' * 9}</p>{block}<p>The end.</p></body>"
    text = text_of(page)
    assert "secret" not in text
    assert text.endswith("The end.")


def test_a_page_that_hides_all_of_itself_is_read_all_the_same() -> None:
    assert text_of('<html><body style="visibility:hidden"><p>We need a cook.</p></body></html>') == "We need a cook."
    assert (
        text_of('<html><body><div style="display:none"><p>We need a cook.</p></div></body></html>') == "We need a cook."
    )
    covered = (
        '<html class="cookie-consent"><body class="cookie-banner"><div id="cookie-wrapper"><main>Cook</main></div>'
    )
    assert text_of(covered) == "Cook"


@pytest.mark.parametrize(
    ("item", "body"),
    [
        ("<strong>Lead:</strong> Lead a team.", "Lead a team."),
        ("<b>Lead</b>: Lead a team.", "Lead a team."),
        (" <b> Lead: </b>Lead a team.", "Lead a team."),
        ("<p><b>Lead:</b> Lead a team.</p>", "Lead a team."),
        ("<p><b>Lead</b></p><p>Lead a team.</p>", "Lead a team."),
        ("<b>Lead</b><br>Lead a team.", "Lead a team."),
        ("<b>Lead</b> – Lead a team.", "Lead a team."),
        ('<span style="font-weight: 700">Lead:</span> Lead a team.', "Lead a team."),
        ("<b>Lea</b><b>d:</b> Lead a team.", "Lead a team."),
        ("<b>Lead</b> a team.", "Lead a team."),
        ("Lead: Lead <b>a team:</b> now.", "Lead: Lead a team: now."),
        ('<b style="font-weight:normal">Lead: Lead a team.</b>', "Lead: Lead a team."),
        ("• Lead a team.", "Lead a team."),
    ],
)
def test_bold_lead_ins(item: str, body: str) -> None:
    assert seen(f"<!doctype html><ul><li>{item}</li><li>Rest</li></ul>") == [("item", body), ("item", "Rest")]


def test_a_bold_line_is_a_heading_and_a_bold_label_is_not() -> None:
    page = "<!doctype html><p><b>What you do</b></p><p>Cook.</p><p><b>Place: </b>Berlin</p><p><b>Apply now.</b></p>"
    assert seen(page) == [("heading", "What you do"), ("text", "Cook."), ("text", "Berlin"), ("text", "Apply now.")]


def test_items_broken_by_inline_markup_stay_one() -> None:
    page = "<!doctype html><ul><li>Man<span>age</span> a <a href='/t'>team\n of</a> <i>five</i> <u></u>cooks.</li></ul>"
    assert seen(page) == [("item", "Manage a team of five cooks.")]


def test_words_that_only_style_keeps_apart() -> None:
    assert text_of(
        "<div><span>Berlin</span><span>Full-time</span><span>from 2025</span><span>On site</span></div>"
    ) == ("Berlin Full-timefrom 2025 On site")
    assert text_of("<div>Java<b>Script</b></div>") == "JavaScript"


def test_line_ends_in_a_fragment_without_blocks_are_kept() -> None:
    fragment = (
        "About us<br />We cook for\nthree hundred people.\n\n•\tSoup;\n•\tStew.\n<br /><br />You<br />- Cook\n- Clean"
    )
    assert seen(fragment, "text/html") == [
        ("heading", "About us"),
        ("text", "We cook for"),
        ("text", "three hundred people."),
        ("item", "Soup;"),
        ("item", "Stew."),
        ("heading", "You"),
        ("item", "Cook"),
        ("item", "Clean"),
    ]


def test_line_ends_in_a_block_are_kept_where_they_part_lines() -> None:
    assert seen("<p>You will:\n• cook soup\n• wash up</p><p>Only the\nsource is wrapped\nhere.</p>", "text/html") == [
        ("heading", "You will:"),
        ("item", "cook soup"),
        ("item", "wash up"),
        ("text", "Only the source is wrapped here."),
    ]
    assert text_of("<div>First paragraph.\n\nSecond paragraph.</div>") == "First paragraph.\n\nSecond paragraph."
    assert text_of('<div style="white-space: pre-line">One\nTwo</div>') == "One\nTwo"
    assert text_of("<pre>One\nTwo</pre>") == "One\nTwo"
    assert text_of("<p>a range of 3\n- 5 cooks</p>") == "a range of 3 - 5 cooks"


def test_tables_that_lay_out_the_page_are_no_rows() -> None:
    page = "<table><tr><td><h2>Tasks</h2><ul><li>Soup</li></ul></td><td><p>Pay</p><p>20 €</p></td></tr></table>"
    assert [kind for kind, _ in seen(page)] == ["heading", "item", "text", "text"]


def test_definitions() -> None:
    page = "<!doctype html><dl><dt>Pay</dt><dd>20 €</dd><dt>Tasks</dt><dd><p>Soup.</p><p>Stew.</p></dd></dl>"
    assert seen(page) == [("row", "Pay | 20 €"), ("text", "Tasks"), ("text", "Soup."), ("text", "Stew.")]


def test_markup_that_a_feed_has_escaped() -> None:
    markup = "<p>We need a <b>cook</b> &amp; a baker.</p><ul><li>Soup</li><li>Stew</li></ul>"
    assert read(escape(markup).encode(), source="test").text == "We need a cook & a baker.\n\n- Soup\n- Stew"


@pytest.mark.parametrize("levels", [5_000, 100_000])
@pytest.mark.parametrize("tag", ["div", "ul><li", "b", "table><tr><td", "span", 'div hidden style="display:none"'])
def test_deep_nesting_is_read_within_a_second(levels: int, tag: str) -> None:
    page = f"<!doctype html><body><p>Above.</p>{f'<{tag}>' * levels}<p>Deep inside.</p>"
    document = read(page.encode(), source="test")
    assert "Above." in document.text
    if "hidden" not in tag or levels > 10_000:
        assert "Deep inside." in document.text
    if levels > 10_000:
        assert "nests" in document.warnings[0]


def test_formatting_left_open_does_not_multiply() -> None:
    fonts = "".join(f"<font size={size}>" for size in range(4000))
    document = read(f"<!doctype html><p>{fonts}{'<p>Cook.' * 4000}".encode(), source="test")
    assert len(document.segments) == 4000
