"""The progress display on a real pseudo-terminal, read as a terminal shows it."""

from __future__ import annotations

import codecs
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from extractor.runs.inputs import counted, postings
from tests.servers import steps
from tests.servers.scripted import ScriptedServer

if TYPE_CHECKING:
    from tests.servers.steps import Step

fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))

GOOD = json.dumps({"kind": {"value": "vacancy", "at": [0]}, "language": {"value": "en", "at": [0]}})
_PART = re.compile(r"\x1b\[(\d*)([A-Z])|\x1b\[[\d;?]*[a-z]|(\r)|(\n)|([^\x1b\r\n]+)")
_CUT = re.compile(r"\x1b(\[[\d;?]*)?\Z")


class Screen:
    """What stands on a terminal, line by line: it knows what the display sends, and fails at all else."""

    def __init__(self) -> None:
        self.lines = [""]
        self._row = self._column = 0

    def feed(self, data: str) -> None:
        """What a terminal does with it."""
        at = 0
        while at < len(data):
            part = _PART.match(data, at)
            assert part, data[at : at + 20]
            at = part.end()
            number, letter, home, feed, text = part.groups()
            if letter == "A":
                self._row -= int(number or 1)
            elif letter == "K":
                self.lines[self._row] = ""
            elif home:
                self._column = 0
            elif feed:
                self._row += 1
                if self._row == len(self.lines):
                    self.lines.append("")
            elif text:
                line = self.lines[self._row].ljust(self._column)
                self.lines[self._row] = line[: self._column] + text + line[self._column + len(text) :]
                self._column += len(text)


def on_terminal(*arguments: str | Path, stdin: bytes = b"", stdout: Path | None = None) -> tuple[int, list[list[str]]]:
    """The exit status of a command, and what its terminal showed after each of its writes; `stdout` None: there too."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, bytes([24, 0, 160, 0, 0, 0, 0, 0]))
    written = stdout.open("wb") if stdout else os.fdopen(os.dup(theirs), "wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "extractor", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=written,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    written.close()
    os.close(theirs)
    assert process.stdin
    process.stdin.write(stdin)
    process.stdin.close()
    screen, shown, decoder, rest = Screen(), [], codecs.getincrementaldecoder("utf-8")(), ""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # Linux's way to say that the other side is closed
            break
        if not data:
            break
        # a read may end within a control sequence
        text = rest + decoder.decode(data)
        whole = _CUT.search(text)
        text, rest = (text[: whole.start()], text[whole.start() :]) if whole else (text, "")
        screen.feed(text)
        shown.append(list(screen.lines))
    os.close(ours)
    return process.wait(timeout=30), shown


def script(body: dict[str, Any], n: int) -> Step:
    """The first request is put off for a while; what is asked about a lute fails; all else takes a moment."""
    if n == 0:
        return steps.status(429, headers={"Retry-After": "2"})
    return steps.status(400) if "lute" in body["messages"][-1]["content"] else steps.latency(steps.answer(GOOD), 0.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("postings")
    for n in range(12):
        (folder / f"{n:02}.txt").write_text(f"Tuner number {n} is wanted for a {'lute' if n == 3 else 'harp'}.")
    return folder


def test_a_run_shows_how_it_gets_on_and_leaves_only_messages(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with ScriptedServer(script) as server:
        asked = ["--model", "gpt-4o-mini", "--base-url", server.base_url, "--no-store", "--concurrency", "2"]
        status, shown = on_terminal("extract", folder, *asked, stdout=output)
    assert status == 1
    assert len(output.read_text().splitlines()) == 12
    everything = "\n".join("\n".join(lines) for lines in shown)
    assert re.search(r"\d+ of 12 · [\d.]+/s · 0:0\d:\d\d left", everything)
    assert re.search(
        r"[\d.]+k \+ \d+ tokens · \$0\.00\d\d · 1 retried · 1 failed · [0-2] of [12] in flight", everything
    )
    assert re.search(r"paused [12] s", everything)
    # the message stands above the bar, and goes on standing
    message = next(n for n, line in enumerate(shown[-1]) if line.startswith(f"extractor: {folder / '03.txt'}"))
    for lines in shown:
        bars = [n for n, line in enumerate(lines) if " of 12" in line or "documents" in line]
        assert len(bars) <= 1
        if len(lines) > message and lines[message] == shown[-1][message]:
            assert all(bar > message for bar in bars)
    last = [line for line in shown[-1] if line]
    assert last[-1].startswith("11 extracted, 1 failed, ")
    assert not any("in flight" in line or "━" in line for line in last)


def test_a_stream_has_no_total(tmp_path: Path) -> None:
    lines = b"".join(b'{"text": "Cook %d is wanted."}\n' % n for n in range(60))
    output = tmp_path / "out.jsonl"
    status, shown = on_terminal("extract", "-", "--model", "rules", stdin=lines, stdout=output)
    assert status == 0
    assert len(output.read_text().splitlines()) == 60
    bars = {line for screen in shown for line in screen if "━" in line}
    assert any(re.search(r"━ \d+ documents", line) for line in bars)
    assert not any(re.search(r"\d of \d", line) for line in bars)


@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_records_on_the_terminal_are_not_written_over(folder: Path, form: str) -> None:
    status, shown = on_terminal("extract", folder / "00.txt", "--model", "rules", "--format", form)
    assert status == 0
    assert not any("━" in line for screen in shown for line in screen)
    assert "1 extracted, 0 failed" in shown[-1]


def test_json_is_for_machines_on_a_terminal_too(folder: Path, tmp_path: Path) -> None:
    status, shown = on_terminal(
        "extract", folder / "00.txt", "--model", "rules", "--log-json", stdout=tmp_path / "out.jsonl"
    )
    assert status == 0
    assert [json.loads(line)["event"] for line in shown[-1] if line][-1] == "run.finished"


def test_the_total_is_what_will_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.txt", "b.md", ".hidden.txt", "c.pdf", "in/d.html", "in/deeper/e.txt", "lines.jsonl", "x[1].txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("A cook is wanted.")
    for paths in ((".",), ("a.txt", "gone.txt"), ("*.txt", "in"), ("x[1].txt",), ("**/*",), ()):
        if "**/*" not in paths:
            assert counted(paths) == len(list(postings(*paths)))
    assert counted(["**/*"]) is None  # lines among them
    assert counted(["a.txt", "-"]) is None
