"""How long scoring takes: 1,000 documents with 60 facts each on one core, intervals and mistakes included.

Beside it what many write by hand: items paired by difflib's ratio, the best pairs first, counted, and no more. It is
given fewer documents, and its time is for as many.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import posting
from extractor import JobPosting
from extractor.documents import from_text
from extractor.evaluation.gold import load_gold
from extractor.evaluation.predictions import load_predictions
from extractor.evaluation.runs import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).parents[1]
_DOCUMENTS, _BY_HAND, _RUNS = 1000, 50, 3
_VERBS = ["plan", "maintain", "document", "inspect", "coordinate", "test", "repair", "teach", "order", "report on"]
_THINGS = ["pumps", "valves", "meters", "stations", "software", "contracts", "crews", "budgets", "pipes", "alarms"]
_ENDS = ["with the crews in the field", "every week", "for nine towns", "by the rules of the trade", "before winter"]
_LISTS = {"skills": 20, "responsibilities": 18, "benefits": 9}


def truth(base: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """A record of 60 facts: `base` with other items in its lists."""

    def phrase() -> str:
        return f"{draw.choice(_VERBS)} {draw.choice(_THINGS)} and {draw.choice(_THINGS)} {draw.choice(_ENDS)}"

    skills = [f"{draw.choice(_THINGS)} {draw.choice(_VERBS)} {number}" for number in range(_LISTS["skills"])]
    return {
        **base,
        "title": f"{draw.choice(_VERBS)}er of {draw.choice(_THINGS)}",
        "skills": [{"name": name, "type": draw.choice(["hard", "tool"]), "requirement": "required"} for name in skills],
        "responsibilities": [phrase() for _ in range(_LISTS["responsibilities"])],
        "benefits": [phrase() for _ in range(_LISTS["benefits"])],
    }


def guess(record: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The record with a tenth of its items left out, a tenth cut short, and another text's in their places."""
    other, guessed = truth(record, draw), dict(record)
    for name in _LISTS:
        items = list(record[name])
        for place in range(len(items)):
            luck = draw.random()
            if luck < 0.1:
                items[place] = other[name][place]
            elif luck < 0.2 and isinstance(items[place], str):
                items[place] = " ".join(items[place].split()[:-2])
        guessed[name] = [item for item in items if draw.random() > 0.1]
    return guessed


def by_hand(pairs: list[tuple[dict[str, Any], dict[str, Any]]]) -> int:
    """How many items are right: the most alike are paired first."""
    right = 0
    for record, guessed in pairs:
        for name in _LISTS:
            gold, found = (
                [item if isinstance(item, str) else item["name"] for item in one[name]] for one in (record, guessed)
            )
            ratios = [
                (SequenceMatcher(None, a, b).ratio(), i, j) for i, a in enumerate(gold) for j, b in enumerate(found)
            ]
            left, there = set(range(len(gold))), set(range(len(found)))
            for ratio, i, j in sorted(ratios, reverse=True):
                if ratio >= 0.75 and i in left and j in there:
                    left.remove(i)
                    there.remove(j)
                    right += 1
    return right


def least_s(work: Callable[[], object]) -> float:
    """Seconds of this process's CPU, the least of several times."""
    times = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    draw = random.Random(1)
    document = from_text(posting.TEXT)
    base = json.loads(posting.record(posting.answer([document.shown(n) for n in range(len(document.segments))])))
    records = [truth(base, draw) for _ in range(_DOCUMENTS)]
    guesses = [guess(record, draw) for record in records]
    with tempfile.TemporaryDirectory() as folder:
        gold_file, guess_file = Path(folder) / "gold.jsonl", Path(folder) / "guesses.jsonl"
        for file, made in ((gold_file, records), (guess_file, guesses)):
            lines = [{"id": str(number), "text": "…", "record": record} for number, record in enumerate(made)]
            file.write_bytes(b"\n".join(map(orjson.dumps, lines)))
        gold, predicted = load_gold(gold_file, JobPosting), load_predictions(guess_file, JobPosting)
        run = evaluate(JobPosting, gold, predicted)
        assert run.scores.micro.support == _DOCUMENTS * 60
        ours_s = least_s(lambda: evaluate(JobPosting, gold, predicted))
        theirs_s = least_s(lambda: by_hand(list(zip(records, guesses, strict=True))[:_BY_HAND])) * _DOCUMENTS / _BY_HAND
        command = [sys.executable, "-m", "extractor", "eval", str(gold_file), "--predictions", str(guess_file)]
        start = time.perf_counter()
        subprocess.run([*command, "--output", f"{folder}/run.json"], check=True, capture_output=True, cwd=_ROOT)
        whole_s = time.perf_counter() - start

    print(f"{_DOCUMENTS:,} documents with 60 facts each; least of {_RUNS} runs, CPU; wanted: 10 s\n")
    print("| what                                                    | seconds | ratio |")
    print("|---------------------------------------------------------|--------:|------:|")
    print(f"| extractor: aligned, scored, intervals, mistakes         | {ours_s:7.1f} | {1:5.1f} |")
    print(f"| by hand with difflib: counted, without intervals        | {theirs_s:7.1f} | {theirs_s / ours_s:5.1f} |")
    print(f"| `extractor eval --predictions`, whole process, wall     | {whole_s:7.1f} |       |")


if __name__ == "__main__":
    main()
