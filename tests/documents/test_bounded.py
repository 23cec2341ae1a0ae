from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from extractor.documents import bounded as room
from extractor.documents.bounded import bounded
from extractor.errors import EmptyDocumentError, TooLargeError, UnreadableError


def do(name: str, data: bytes = b"x") -> object:
    return bounded(f"tests.documents.readers:{name}", data)


def worker() -> int:
    made = do("measured")
    assert isinstance(made, list)
    return int(made[1])


def test_one_process_reads_document_after_document() -> None:
    first = worker()
    assert first != os.getpid()
    assert {worker() for _ in range(20)} == {first}
    assert do("measured", bytes(5_000_000)) == [5_000_000, first]


def test_what_a_reader_raises_is_raised() -> None:
    first = worker()
    with pytest.raises(EmptyDocumentError, match=r"^there is nothing to read; check it$"):
        do("refused")
    with pytest.raises(UnreadableError, match=r"damaged \(KeyError: 'two lines\\nof it'\); save it anew"):
        do("wrong", b"two lines\nof it")
    assert worker() == first


def test_a_crash_is_one_error_and_the_next_document_is_read() -> None:
    first = worker()
    with pytest.raises(UnreadableError, match="broke down over it") as error:
        do("crashing")
    assert "\n" not in str(error.value)
    assert worker() != first


@pytest.mark.parametrize("name", ["hanging", "hanging_in_c"])
def test_what_hangs_is_ended_in_time(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = worker()
    monkeypatch.setattr(room, "TIME_S", 0.3)
    with pytest.raises(UnreadableError, match=r"takes more than 0\.3 s"):
        do(name)
    assert worker() != first


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux")
def test_memory_is_limited() -> None:
    with pytest.raises(TooLargeError, match="more than 1,024 MB"):
        do("greedy")
    assert worker()


def test_an_outcome_is_limited() -> None:
    with pytest.raises(TooLargeError, match="bytes of text"):
        do("endless")


def test_what_a_library_prints_is_no_answer() -> None:
    assert do("talkative", b"the answer") == "the answer"


def test_no_key_reaches_a_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    room.end_workers()
    names = do("environment")
    assert isinstance(names, list)
    assert not {"OPENAI_API_KEY", "HOME", "USER"} & set(names)


def test_threads_have_workers_of_their_own() -> None:
    with ThreadPoolExecutor(8) as threads:
        processes = set(threads.map(lambda _: worker(), range(64)))
    assert 1 <= len(processes) <= (os.cpu_count() or 1)


def test_a_worker_that_died_idle_is_replaced() -> None:
    first = worker()
    os.kill(first, signal.SIGTERM)
    for one in list(room._idle):
        if one.process.pid == first:
            one.process.wait()
    assert worker() != first


def test_workers_are_replaced_after_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    room.end_workers()
    monkeypatch.setattr(room, "_DOCUMENTS", 3)
    assert len({worker() for _ in range(9)}) == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_starts_workers_of_its_own() -> None:
    program = (
        "import os; from extractor.documents.bounded import bounded; do = lambda: bounded("
        "'tests.documents.readers:measured', b'x')[1]; first = do(); child = os.fork(); second = do()\n"
        "if not child: os._exit(second == first)\n"
        "print(os.waitpid(child, 0)[1], second == first)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=ROOT)
    assert done.stdout == b"0 True\n"


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="nothing tells here when another's child ends")
@pytest.mark.parametrize("busy", [False, True])
def test_a_worker_ends_with_its_parent(busy: bool) -> None:
    program = (
        "import sys, threading; from extractor.documents import bounded as room; room.TIME_S = 1.0\n"
        "do = lambda name: room.bounded('tests.documents.readers:' + name, b'x')\n"
        "print(do('measured')[1], flush=True)\n"
        "threading.Thread(target=do, args=['hanging'], daemon=True).start() if sys.argv[1] == 'True' else None\n"
        "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(busy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    with parent:
        assert parent.stdout is not None
        process = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert select.select([process], [], [], 20)[0]
    os.close(process)
