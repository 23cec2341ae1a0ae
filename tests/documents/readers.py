"""What the tests of `bounded` have a worker do, for want of a file that surely makes a parser do it."""

from __future__ import annotations

import ctypes
import os
import sys
import time

from extractor.errors import EmptyDocumentError


def measured(data: bytes) -> list[int]:
    return [len(data), os.getpid()]


def environment(data: bytes) -> list[str]:
    return sorted(os.environ)


def wrong(data: bytes) -> None:
    raise KeyError(data.decode())


def refused(data: bytes) -> None:
    raise EmptyDocumentError("there is nothing to read; check it")


def crashing(data: bytes) -> None:
    ctypes.string_at(0)


def hanging(data: bytes) -> None:
    while True:
        time.sleep(1)


def hanging_in_c(data: bytes) -> None:
    pow(3, 10**8)  # seconds to minutes, the interpreter's lock held


def greedy(data: bytes) -> int:
    return len(bytearray(2 << 30))


def talkative(data: bytes) -> str:
    sys.stdout.write("not an answer\n")
    sys.stdout.flush()
    os.write(1, b"nor this\n")
    sys.stderr.write("or this")
    return data.decode()


def endless(data: bytes) -> str:
    return "x" * 10_000_000
