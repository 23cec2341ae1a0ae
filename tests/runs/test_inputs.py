"""Where postings come from: real files, folders, links and pipes, whole and broken."""

from __future__ import annotations

import json
import os
import tracemalloc
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from extractor.documents import Document
from extractor.errors import UnreadableError
from extractor.extraction import Extractor
from extractor.outcome import Failure
from extractor.runs.inputs import counted, listed, postings

if TYPE_CHECKING:
    from collections.abc import Iterator

Posting = Path | Document | Failure


def made(folder: Path, *names: str) -> Path:
    """`folder` with files of these names."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Posting {name}")
    return folder


def below(folder: Path, found: Iterator[Posting]) -> list[str]:
    """The names that were found, as they stand below `folder`."""
    paths = [posting for posting in found if isinstance(posting, Path)]
    return [str(path.relative_to(folder)) for path in paths]


def lines(path: Path, *given: Any) -> Path:
    """A file of lines: JSON of what is given, bytes as they are."""
    written = (line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in given)
    path.write_bytes(b"".join(written))
    return path


def text(posting: Posting) -> str:
    assert isinstance(posting, Document), posting
    return posting.text


def failed(posting: Posting) -> Failure:
    assert isinstance(posting, Failure), posting
    return posting


@contextmanager
def on_stdin(data: bytes) -> Iterator[None]:
    """This process's own standard input is `data`, by a pipe."""
    former = os.dup(0)
    out, into = os.pipe()
    with os.fdopen(into, "wb") as stream:  # a pipe holds 64 kB without a reader
        stream.write(data)
    os.dup2(out, 0)
    os.close(out)
    try:
        yield
    finally:
        os.dup2(former, 0)
        os.close(former)


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    file = made(tmp_path, "posting.odd") / "posting.odd"
    assert list(postings(file)) == [file]
    assert list(postings(str(file), file)) == [file, file]


def test_a_folder_gives_its_postings_in_the_order_of_their_names_and_those_of_its_folders(tmp_path: Path) -> None:
    made(tmp_path, "b.txt", "a/2.md", "a/1.HTML", "a/deep/x.htm", "c.xhtml", "d.markdown")
    made(tmp_path, "photo.png", "lines.jsonl", ".hidden.txt", ".git/a.txt", "b.txt.bak")
    assert below(tmp_path, postings(tmp_path)) == [
        "a/1.HTML", "a/2.md", "a/deep/x.htm", "b.txt", "c.xhtml", "d.markdown",
    ]  # fmt: skip


def test_a_folder_named_as_a_file_is_a_folder(tmp_path: Path) -> None:
    made(tmp_path, "page.html/inside.txt", "lines.jsonl/inside.txt")
    assert below(tmp_path, postings(tmp_path)) == ["lines.jsonl/inside.txt", "page.html/inside.txt"]
    assert below(tmp_path, postings(tmp_path / "lines.jsonl")) == ["lines.jsonl/inside.txt"]


def test_links_are_followed_but_never_back(tmp_path: Path) -> None:
    made(tmp_path, "offers/a.txt", "offers/old/b.txt", "elsewhere/c.txt")
    (tmp_path / "offers/elsewhere").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "offers/old/back").symlink_to(tmp_path / "offers")
    (tmp_path / "offers/itself").symlink_to(tmp_path / "offers/itself")
    (tmp_path / "offers/z.txt").symlink_to(tmp_path / "nowhere")
    found = below(tmp_path, postings(tmp_path / "offers"))
    assert found == ["offers/a.txt", "offers/elsewhere/c.txt", "offers/old/b.txt", "offers/z.txt"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.html", ["1.html", "2.html"]),
        ("**/*.html", ["1.html", "2.html", "deep/deeper/4.html", "deep/3.html"]),
        ("?.txt", ["5.txt"]),
        ("[12].html", ["1.html", "2.html"]),
        ("de*", []),  # what it finds is a folder
        ("*.jpeg", ["*.jpeg"]),  # nothing: that is the name of a missing file then
    ],
)
def test_a_glob(tmp_path: Path, pattern: str, found: list[str]) -> None:
    made(tmp_path, "2.html", "1.html", "5.txt", "deep/3.html", "deep/deeper/4.html")
    assert sorted(below(tmp_path, postings(tmp_path / pattern))) == sorted(found)


def test_a_globs_files_come_in_order_and_its_lines_are_read(tmp_path: Path) -> None:
    made(tmp_path, "b.txt", "c.txt")
    lines(tmp_path / "a.jsonl", {"text": "A line"})
    first, *rest = postings(tmp_path / "*")
    assert text(first) == "A line"
    assert rest == [tmp_path / "b.txt", tmp_path / "c.txt"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path: Path) -> None:
    made(tmp_path, "offer [1].txt", "offer 1.txt")
    assert below(tmp_path, postings(tmp_path / "offer [1].txt")) == ["offer [1].txt"]
    assert below(tmp_path, postings(tmp_path)) == ["offer 1.txt", "offer [1].txt"]


@pytest.mark.parametrize("name", ["gone.txt", "x" * 5000, "a\0b", "[" + "x" * 5000, "gone.jsonl"])
def test_what_is_not_there_fails_in_its_place(tmp_path: Path, name: str) -> None:
    made(tmp_path, "a.txt")
    given = postings(tmp_path / "a.txt", tmp_path / name, tmp_path / "a.txt")
    kinds = [
        type(outcome.error).__name__ if isinstance(outcome, Failure) else outcome.document.id
        for outcome in Extractor(model="rules").extract_many(given)
    ]
    assert kinds == ["a", "UnreadableError", "a"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_fails_in_its_place(tmp_path: Path) -> None:
    made(tmp_path, "a.txt", "closed/b.txt", "d.txt")
    (tmp_path / "closed").chmod(0)
    first, closed, last = postings(tmp_path)
    (tmp_path / "closed").chmod(0o700)
    assert [first, last] == [tmp_path / "a.txt", tmp_path / "d.txt"]
    assert "Permission denied" in str(failed(closed).error)


def test_a_file_that_vanishes_after_being_listed_fails_in_its_place(tmp_path: Path) -> None:
    made(tmp_path, "a.txt", "b [1].txt", "c/d.txt", "e.txt")
    stream = postings(tmp_path)
    assert next(stream) == tmp_path / "a.txt"
    (tmp_path / "b [1].txt").unlink()
    (tmp_path / "c/d.txt").unlink()
    (tmp_path / "c").rmdir()
    gone, folder, last = Extractor(model="rules").extract_many(stream)
    assert isinstance(failed(gone).error, UnreadableError)  # type: ignore[arg-type]
    assert str(tmp_path / "b [1].txt") in str(failed(gone).error)  # type: ignore[arg-type]
    assert str(tmp_path / "c") in str(failed(folder).error)  # type: ignore[arg-type]
    assert not isinstance(last, Failure)


def test_a_name_that_is_no_text_is_spelt_out(tmp_path: Path) -> None:
    # é in Latin-1, as an old archive has it
    name = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_text("A cook is wanted.")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/empty\xe9.txt")).touch()
    lines(Path(os.fsdecode(os.fsencode(tmp_path) + b"/lines\xe9.jsonl")), {"text": "A line"}, b"{\n")
    found, empty = postings(tmp_path)
    assert isinstance(found, Document)
    assert found.id == "caf\\udce9"
    assert found.source == f"{tmp_path}/caf\\udce9.txt"
    assert found.text == "A cook is wanted."
    assert failed(empty).id == "empty\\udce9"
    line, broken = postings(Path(os.fsdecode(os.fsencode(tmp_path) + b"/lines\xe9.jsonl")))
    assert isinstance(line, Document)
    written = [found.source, found.id, line.source, line.id]
    for failure in (failed(empty), failed(broken)):
        written += [failure.id, failure.source, str(failure.error)]
    for said in written:
        said.encode()  # anything can write it


def test_a_folder_of_20_000_is_a_list_of_names_and_no_more(tmp_path: Path) -> None:
    count, traced = 20_000, 2_000
    memory = Path("/dev/shm")  # to make so many files takes seconds on some disks
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        for number in range(count):
            os.close(os.open(f"{folder}/{number:05}.txt", os.O_CREAT | os.O_WRONLY))
        next(postings(folder))  # what is imported at the first posting isn't meant
        stream = postings(folder)
        tracemalloc.start()
        try:
            found = sum(1 for _ in islice(stream, traced))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        found += sum(1 for _ in stream)
    assert found == count
    # a str of nine ASCII characters takes 58 bytes, its place in a list 8, and lists grow by an eighth too much
    assert peak < 100 * count


def test_a_list_of_files(tmp_path: Path) -> None:
    latin = os.fsdecode(b"caf\xe9.txt")
    written = b"\xef\xbb\xbfa.txt\r\n\r\nb c.txt \r\n  \nsub/d.txt\n" + os.fsencode(latin) + b"\nlast.txt"
    (tmp_path / "list").write_bytes(written)
    assert [str(path) for path in listed(tmp_path / "list")] == ["a.txt", "b c.txt ", "sub/d.txt", latin, "last.txt"]
    with on_stdin(b"a.txt\r\nb.txt\n"):
        assert [str(path) for path in listed("-")] == ["a.txt", "b.txt"]


@pytest.mark.parametrize("name", ["gone", "."])
def test_a_list_that_can_not_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableError, match="the list of files can't be read") as raised:
        list(listed(tmp_path / name))
    assert str(tmp_path / name) in str(raised.value)


def test_lines_of_json(tmp_path: Path) -> None:
    file = lines(
        tmp_path / "offers.jsonl",
        {"id": "first", "text": "Köchin gesucht", "board": {"any": "thing"}},
        {"id": 17, "content": "<ul><li>Soup<li>Bread</ul>", "media_type": "text/html; charset=iso-8859-1"},
        b"\r\n",
        {"text": "# Cook\n\n# Baker"},
        {"id": "", "text": "Unnamed"},
        {"id": ["no", "name"], "content": "Unnamed too"},
    )
    found = [posting for posting in postings(file) if isinstance(posting, Document)]
    assert [posting.id for posting in found] == ["first", "17", "offers-4", "offers-5", "offers-6"]
    assert [posting.source for posting in found] == [f"{file}:{number}" for number in (1, 2, 4, 5, 6)]
    assert found[0].text == "Köchin gesucht"
    assert found[1].media_type == "text/html"
    assert "Soup" in found[1].text
    assert "<" not in found[1].text
    assert found[2].media_type == "text/markdown"


def test_lines_by_another_suffix_with_a_byte_order_mark_and_no_last_line_end(tmp_path: Path) -> None:
    file = lines(tmp_path / "x.NDJSON", b'\xef\xbb\xbf{"id": "a", "text": "One"}\r\n{"id": "b", "text": "Two"}')
    assert [(posting.id, posting.text) for posting in postings(file) if isinstance(posting, Document)] == [
        ("a", "One"),
        ("b", "Two"),
    ]


def test_each_bad_line_is_named_by_file_and_line_and_the_others_go_on(tmp_path: Path) -> None:
    bad = {
        2: b"{\n",
        3: b"Cook wanted\n",
        4: b'["a", "list"]\n',
        5: b'"' + b"x" * 5000 + b'"\n',
        6: b'{"text": 5}\n',
        7: b'{"title": "no text"}\n',
        8: b'{"text": "caf\xe9"}\n',
        9: b"[" * 5000 + b"\n",
        10: b'{"text": "   "}\n',
        11: b'{"text": "' + b"word " * 300 + b'"}\n',
        12: b'{"text": NaN}\n',
        13: b"\x00\x01\x02\n",
    }
    good = {"text": "Good"}
    file = lines(tmp_path / "x.jsonl", good, *bad.values(), good)
    first, *failures, last = postings(file, max_bytes=1000)
    assert text(first) == text(last) == "Good"
    assert isinstance(last, Document)
    assert last.id == "x-14"
    for number, posting in zip(bad, failures, strict=True):
        failure = failed(posting)
        assert failure.id == f"x-{number}"
        assert failure.source == f"{file}:{number}"
        assert str(failure.error).startswith(f"{file}:{number}: ")
        assert len(str(failure.error)) < len(str(file)) + 200
    kinds = {number: type(failed(posting).error).__name__ for number, posting in zip(bad, failures, strict=True)}
    assert kinds.pop(10) == "EmptyDocumentError"
    assert kinds.pop(11) == "TooLargeError"
    assert set(kinds.values()) == {"UnreadableError"}


def test_what_json_can_say_and_utf_8_can_not_is_replaced(tmp_path: Path) -> None:
    file = lines(
        tmp_path / "x.jsonl",
        b'{"id": "half \\ud800", "text": "Half \\udfff"}\n',
        b'{"id": "b", "content": "<p>Gr\\u00f6\\u00dfe <b>\\ud83d\\ude00 \\udfff</b>", "media_type": "text/html"}\n',
    )
    for posting in postings(file):
        assert isinstance(posting, Document)
        (posting.id + posting.source + posting.text).encode()
    assert "Größe 😀" in text(list(postings(file))[1])


def test_a_line_too_long_is_skipped_in_little_memory(tmp_path: Path) -> None:
    limit = 10_000
    good = {"text": "Good"}
    escaped = {"text": "é" * (limit // 2)}  # 10,000 bytes, and 30,000 as JSON writes it
    file = lines(
        tmp_path / "x.jsonl", good, b'{"text": "' + b"x" * 5_000_000 + b'"}\n', good, escaped, b"y" * 3_000_000
    )
    tracemalloc.start()
    try:
        first, *_, second, whole, _ = found = list(postings(file, max_bytes=limit))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text(first) == text(second) == "Good"
    assert len(text(whole)) == limit // 2
    too_long = found[1], found[4]
    assert [failed(posting).source for posting in too_long] == [f"{file}:2", f"{file}:5"]
    for posting in too_long:
        assert "--max-bytes" in str(failed(posting).error)
    assert peak < 1_000_000


@pytest.mark.parametrize("over", [0, 1])
def test_the_longest_line_that_is_read(tmp_path: Path, over: int) -> None:
    # six bytes for each of the limit, as JSON's escapes have it
    line = b'{"text": "A cook"}'
    limit = 100
    file = lines(tmp_path / "x.jsonl", line.ljust(6 * limit, b" ") + b"x" * over)
    (posting,) = postings(file, max_bytes=limit)
    assert isinstance(posting, Failure if over else Document)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that can be opened and not read")
def test_lines_that_can_not_be_read_fail_in_their_place(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").symlink_to("/proc/self/mem")
    made(tmp_path, "a.txt")
    broken, path = postings(tmp_path / "x.jsonl", tmp_path / "a.txt")
    assert failed(broken).source == f"{tmp_path}/x.jsonl:1"
    assert "Input/output error" in str(failed(broken).error)
    assert path == tmp_path / "a.txt"


def test_standard_input_is_one_posting_or_lines_of_json() -> None:
    with on_stdin(b"\nCook wanted\n\n- Soup\n"):
        (posting,) = postings("-")
    assert isinstance(posting, Document)
    assert (posting.source, posting.text) == ("stdin", "\nCook wanted\n\n- Soup\n")
    with on_stdin(b'{"id": "a", "text": "One"}\nnonsense\n\n{"text": "Two"}'):
        one, broken, two = postings("-")
    assert (text(one), text(two)) == ("One", "Two")
    assert failed(broken).source == "stdin:2"
    assert isinstance(two, Document)
    assert (two.id, two.source) == ("stdin-4", "stdin:4")


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"", [None]),
        (b'\xef\xbb\xbf  { "text": "One"}\n{"text": "Two"}\n', ["One", "Two"]),
        (b'{"text": "One" oh\n{"text": "Two"}\n', [None, "Two"]),  # a broken first line spoils no other
        (b"{{ title }} wanted\n", ["{{ title }} wanted\n"]),
        (b"{}\n", [None]),
        (b'{"text": "' + b"long " * 300 + b'"}\n{"text": "Two"}\n', [None, "Two"]),
        (b"long " * 300, [None]),
    ],
)
def test_standard_input_at_its_edges(data: bytes, texts: list[str | None]) -> None:
    with on_stdin(data):
        found = list(postings("-", max_bytes=1000))
    assert [posting.text if isinstance(posting, Document) else None for posting in found] == texts


def test_standard_input_that_is_closed_fails_in_its_place() -> None:
    former = os.dup(0)
    os.close(0)
    try:
        (posting,) = postings("-")
    finally:
        os.dup2(former, 0)
        os.close(former)
    assert isinstance(failed(posting).error, UnreadableError)


def test_lines_are_read_as_they_are_wanted() -> None:
    former = os.dup(0)
    out, into = os.pipe()
    os.dup2(out, 0)
    os.close(out)
    try:
        stream = postings("-")
        with os.fdopen(into, "wb", buffering=0) as pipe:
            for number in range(3):
                # read while the pipe is still open, and empty
                pipe.write(b'{"text": "Cook %d"}\n' % number)
                assert text(next(stream)) == f"Cook {number}"
        assert list(stream) == []
    finally:
        os.dup2(former, 0)
        os.close(former)


def test_postings_are_counted_where_names_tell(tmp_path: Path) -> None:
    made(tmp_path, "a.txt", "b/c.txt", "b/d.md", "e.png")
    assert counted([tmp_path, tmp_path / "b", tmp_path / "*.txt", tmp_path / "gone.txt"]) == 3 + 2 + 1 + 1
    assert counted([tmp_path, "-"]) is None
    assert counted([lines(tmp_path / "x.jsonl", {"text": "A"})]) is None
