"""Merging: the same verdicts on every replica, in whatever order scans arrive."""

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registration.models.gates import Reentry, ScanKind, Verdict
from registration.services.gates.merging import Merged, Pass, Rules, Standing, merge, step
from tests.histories import CLOCKS, ENDS, GATES, MORNING, RULES, SPAN, made_vectors, scan_id

ROOT = Path(__file__).resolve().parents[2]


@st.composite
def histories(draw: st.DrawFn) -> list[Pass]:
    """What devices saw of one badge, by clocks that are wrong by up to ten minutes."""
    scans: list[Pass] = []
    for number in range(draw(st.integers(0, 14))):
        true = MORNING + draw(st.integers(0, SPAN // 60_000)) * 60_000
        kind = draw(st.sampled_from([*ScanKind, ScanKind.ENTRY, ScanKind.EXIT, ScanKind.ENTRY]))
        earlier = [each.id for each in scans] or [scan_id(999)]
        scans.append(
            Pass(
                at=true + draw(st.integers(-CLOCKS, CLOCKS)),
                id=scan_id(draw(st.integers(0, 5)) * 100 + number),
                kind=kind,
                gate=draw(st.sampled_from([*GATES, "unheard-of"])),
                target=draw(st.sampled_from([*earlier, scan_id(998)]))
                if kind == ScanKind.UNDO
                else None,
                refused=draw(st.sampled_from([None] * 5 + [Verdict.REVOKED])),
            )
        )
    return scans


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return Rules(day_ends=ENDS, zones=RULES.zones, reentry=draw(st.sampled_from(Reentry)))


@given(scans=histories(), how=rules(), seed=st.integers(0, 2**32))
@settings(max_examples=2000, deadline=None)
def test_three_replicas_agree_whatever_arrives_when_and_how_often(
    scans: list[Pass], how: Rules, seed: int
) -> None:
    chance = random.Random(seed)
    results: list[Merged] = []
    for _replica in range(3):
        arrived = scans + chance.sample(scans, k=chance.randint(0, len(scans)))
        chance.shuffle(arrived)
        results.append(merge(arrived, how))
    assert results[0] == results[1] == results[2]
    assert set(results[0].verdicts) == {scan.id for scan in scans}


@given(scans=histories(), how=rules())
@settings(max_examples=500, deadline=None)
def test_step_by_step_in_order_is_the_same_as_all_at_once(scans: list[Pass], how: Rules) -> None:
    """What lets the server decide a scan that comes in order without reading the others."""
    plain = [scan for scan in scans if scan.kind != ScanKind.UNDO]
    standing, verdicts = Standing(), {}
    for scan in sorted({scan.id: scan for scan in plain}.values(), key=lambda each: each[:2]):
        verdict, standing = step(standing, scan, how)
        verdicts[scan.id] = str(verdict)
    assert merge(plain, how) == Merged(verdicts, standing)


@given(scans=histories())
@settings(max_examples=500, deadline=None)
def test_nobody_is_admitted_twice_without_leaving(scans: list[Pass]) -> None:
    verdicts = merge(scans, RULES).verdicts
    inside: dict[tuple[str, int], bool] = {}
    for scan in sorted({scan.id: scan for scan in scans}.values(), key=lambda each: each[:2]):
        if verdicts[scan.id] != Verdict.ADMITTED or scan.kind in {ScanKind.UNDO, ScanKind.SAFE}:
            continue
        key = (RULES.zones.get(scan.gate, ""), RULES.day_of(scan.at))
        entering = scan.kind != ScanKind.EXIT
        assert inside.get(key, False) != entering
        inside[key] = entering


def a_pass(minute: int, kind: str = "entry", gate: str = "main", **more: str | None) -> Pass:
    return Pass(MORNING + minute * 60_000, scan_id(minute), kind, gate, **more)


def verdicts_of(*scans: Pass, reentry: str = Reentry.FREE) -> list[str]:
    how = Rules(day_ends=ENDS, zones=RULES.zones, reentry=reentry)
    merged = merge(scans, how)
    return [merged.verdicts[scan.id] for scan in scans]


def test_an_entry_while_inside_is_a_duplicate_and_an_exit_while_outside_a_stray() -> None:
    told = verdicts_of(a_pass(1), a_pass(2), a_pass(3, "exit"), a_pass(4, "exit"), a_pass(5))
    assert told == ["admitted", "duplicate", "admitted", "stray", "admitted"]


def test_an_undo_takes_back_one_scan_and_what_followed_counts_anew() -> None:
    undo = a_pass(9, "undo", target=scan_id(1))
    assert verdicts_of(a_pass(1), a_pass(2), undo) == ["undone", "admitted", "admitted"]
    assert verdicts_of(a_pass(9, "undo", target=scan_id(7))) == ["stray"]


def test_parts_of_the_house_count_apart() -> None:
    told = verdicts_of(a_pass(1), a_pass(2, gate="lab"), a_pass(3, "exit", "lab"), a_pass(4))
    assert told == ["admitted", "admitted", "admitted", "duplicate"]


def test_at_the_end_of_a_day_everybody_is_outside_also_when_clocks_are_put_back() -> None:
    night = 4 * 60 + 30  # 04:00 in Berlin is 02:30 after MORNING, and 03:30 before the change
    assert verdicts_of(a_pass(0), a_pass(149)) == ["admitted", "duplicate"]
    assert verdicts_of(a_pass(0), a_pass(night)) == ["admitted", "admitted"]


def test_a_role_may_let_in_once_a_day_only() -> None:
    told = verdicts_of(a_pass(200), a_pass(201, "exit"), a_pass(202), reentry=Reentry.ONCE)
    assert told == ["admitted", "admitted", "no_reentry"]
    next_day = a_pass(200 + 24 * 60)
    told = verdicts_of(a_pass(200), a_pass(201, "exit"), next_day, reentry=Reentry.ONCE)
    assert told == ["admitted", "admitted", "admitted"]


def test_a_badge_that_did_not_count_changes_nothing() -> None:
    assert verdicts_of(a_pass(1, refused="revoked"), a_pass(2)) == ["revoked", "admitted"]


def test_seen_safe_says_nothing_of_coming_and_going() -> None:
    assert verdicts_of(a_pass(1, "safe"), a_pass(2), a_pass(3, "safe")) == ["admitted"] * 3


JUDGE = """
import { readFileSync } from "node:fs";
const { merge } = await import(process.argv[2]);
const { rules, vectors } = JSON.parse(readFileSync(process.argv[3], "utf8"));
const wrong = vectors.filter(({ scans, reentry, ...expected }) => {
  const { verdicts, zones, first } = merge(scans, { ...rules, reentry });
  const sorted = (map) => Object.entries(map).sort();
  const told = JSON.stringify([sorted(verdicts), sorted(zones), first]);
  const due = [sorted(expected.verdicts), sorted(expected.zones), expected.first];
  return told !== JSON.stringify(due);
});
console.log(JSON.stringify({ vectors: vectors.length, wrong: wrong.length, first: wrong[0] }));
"""


def judged_by_node(path: Path, vectors: str) -> dict[str, object]:
    """Return how many vectors there were, and how many the scanner's own function misses."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js: install Debian's nodejs")
    (path / "vectors.json").write_text(vectors, encoding="utf-8")
    (path / "judge.mjs").write_text(JUDGE, encoding="utf-8")
    module = ROOT / "registration" / "static" / "js" / "gate" / "merging.js"
    done = subprocess.run(
        [node, path / "judge.mjs", module.as_uri(), path / "vectors.json"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_the_scanners_own_function_passes_the_same_vectors(tmp_path: Path) -> None:
    told = judged_by_node(tmp_path, made_vectors(5000))
    assert told == {"vectors": 5000, "wrong": 0}


def test_a_wrong_vector_would_be_noticed(tmp_path: Path) -> None:
    """The twin: one verdict turned round."""
    vectors = made_vectors(50).replace('"duplicate"', '"admitted"', 1)
    assert judged_by_node(tmp_path, vectors)["wrong"] == 1
