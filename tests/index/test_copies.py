"""Copies of one story are found wherever they stand and whatever headline they bear; stories that only share words are not."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import numpy as np
import pytest

from assistant.cli import main
from index.copies import Copies
from index.fuse import word_runs
from index.minhash import ALIKE, BANDS, MAX_STORY, alike, bands_of, signature
from index.types import Passage, Segment
from tests.conftest import Desk
from tests.fakes import an_article

WORDS = (
    "harbour pier ferry crown council bridge miller copper trial winter lantern quay storm budget teacher cable valley strike "
    "orchard census tariff reservoir pension engine"
).split()


def prose(seed: int, sentences: int = 12) -> list[str]:
    dice = random.Random(seed)  # noqa: S311 - no secret
    return [
        f"The {' '.join(dice.choice(WORDS) for _ in range(11))} was told on day {dice.randrange(90)}." for _ in range(sentences)
    ]


def paper(headline: str, said: list[str]) -> str:
    return f"{headline}\n\n{' '.join(said)}\n"


def clusters(desk: Desk) -> list[tuple[str, ...]]:
    return Copies(desk.store.catalog).clusters()


def test_copies_with_another_headline_are_one_group(desk: Desk, old_files: None) -> None:
    wire = prose(1, 30)
    desk.write("a/one.txt", paper("Council votes for the new bridge", wire))
    desk.write("b/two.txt", paper("New bridge gets its votes at last", wire))
    desk.write("c/cut.txt", paper("Bridge", wire[:28]))
    desk.write("d/other.txt", paper("Council votes for the new bridge", prose(2, 30)))
    desk.sync()
    assert clusters(desk) == [("a/one.txt", "b/two.txt", "c/cut.txt")]


def test_status_tells_the_groups(desk: Desk, old_files: None, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b", "c"):
        desk.write(f"{name}.txt", paper(f"Headline of {name}", prose(1 if name < "c" else 2, 30)))
    desk.sync()
    options = ["status", "--index", str(desk.folder), "--corpus", str(desk.corpus)]
    assert main(options) == 0
    assert "2 of them are copies of one another, in 1 groups" in capsys.readouterr().out
    assert main([*options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["copies"] == [["a.txt", "b.txt"]]


def test_groups_are_those_of_the_folder_as_it_is(desk: Desk, old_files: None) -> None:
    wire = prose(1, 30)
    for name in "abc":
        desk.write(f"{name}.txt", paper(f"Headline of {name}", wire))
    desk.sync()
    (desk.corpus / "b.txt").unlink()
    desk.write("c.txt", paper("Headline of c", prose(3, 30)))
    desk.sync()
    assert clusters(desk) == []
    desk.write("d.txt", paper("Headline of d", wire))
    desk.sync()
    assert clusters(desk) == [("a.txt", "d.txt")]


def test_an_article_too_short_to_be_told_from_others_has_no_copies_but_the_same_bytes(desk: Desk, old_files: None) -> None:
    desk.write("a.txt", "The pier closes on Monday.")
    desk.write("b.txt", "The pier closes on Monday.")
    desk.write("c.txt", "The mole closes on Monday.")
    desk.sync()
    assert clusters(desk) == [("a.txt", "b.txt")]
    (desk.corpus / "c.txt").unlink()
    desk.sync()
    assert {*desk.search("pier")[0].also_in} | {desk.search("pier")[0].passage.source} == {"a.txt", "b.txt"}


def test_all_copies_of_a_hit_are_named_though_the_search_saw_few(
    desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = prose(1, 30)
    for n in range(9):
        desk.write(f"{n}.txt", paper("The same headline everywhere", wire))
    desk.write("other.txt", paper("Something else", prose(5, 30)))
    desk.sync()
    monkeypatch.setattr("index.store.CANDIDATES", 3)
    (hit, *_) = desk.search(wire[4])
    assert {hit.passage.source, *hit.also_in} == {f"{n}.txt" for n in range(9)}


def test_a_copy_that_gives_another_figure_is_no_copy_of_the_passage(desk: Desk, old_files: None) -> None:
    wire = [*prose(1, 30), "It cost 41 million crowns."]
    desk.write("a.txt", paper("The same headline everywhere", wire))
    desk.write("b.txt", paper("The same headline everywhere", [*wire[:-1], "It cost 44 million crowns."]))
    desk.sync()
    assert clusters(desk) == [("a.txt", "b.txt")]
    hits = [
        hit for hit in desk.search("It cost million crowns.") if "crowns." in hit.passage.text and "million" in hit.passage.text
    ]
    assert {hit.passage.source: hit.also_in for hit in hits} == {"a.txt": (), "b.txt": ()}


def test_a_template_that_thousands_share_makes_no_search_wait(desk: Desk, old_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    report = " ".join(prose(1, 8))
    desk.write(
        "quakes.jsonl", "".join(json.dumps({"text": f"{report} The magnitude was {n / 100:.2f}."}) + "\n" for n in range(1_500))
    )
    desk.sync()
    read: list[Passage] = []
    whole = desk.store.catalog.passages_of

    def counted(articles: Sequence[int], least: float, most: float) -> list[Passage]:
        found = whole(articles, least, most)
        read.extend(found)
        return found

    monkeypatch.setattr(desk.store.catalog, "passages_of", counted)
    hits = desk.search("The magnitude was 12.34.", 8)
    assert len(hits) == 8
    assert all(not hit.also_in for hit in hits)
    assert 0 < len(read) <= 8 * 3 * 100


@pytest.mark.parametrize("order", ["abc", "bca", "cba"])
def test_the_groups_do_not_depend_on_which_article_came_first(desk: Desk, old_files: None, order: str) -> None:
    """a is alike to b and b to c, but c not to a, which is in every band that b and c share."""
    signed = {name: np.zeros(64, dtype="<u4") for name in "abc"}
    for name in "bc":
        signed[name][52:] = 1
    signed["c"][[52, 56, 60]] = 2
    signed["c"][[40, 41, 42, 44, 45, 46, 48, 49, 50]] = 2
    for name in order:
        desk.write(f"{name}.txt", paper("Headline", prose(ord(name), 30)))
        desk.sync()
        (article,) = desk.store.catalog.rows("SELECT id FROM articles WHERE source = ?", (f"{name}.txt",))[0]
        with desk.store.catalog.changing() as db:
            db.execute("UPDATE signatures SET signature = ? WHERE article = ?", (signed[name].tobytes(), article))
            db.execute("DELETE FROM bands WHERE article = ?", (article,))
            db.executemany(
                "INSERT OR IGNORE INTO bands VALUES (?, ?)", [(one, article) for one in bands_of(signed[name].tobytes())]
            )
    assert [round(alike(signed[x].tobytes(), signed[y].tobytes()), 2) for x, y in ("ab", "bc", "ac")] == [0.81, 0.81, 0.67]
    assert clusters(desk) == [("a.txt", "b.txt")]


def test_a_book_is_signed_by_its_beginning() -> None:
    text = " ".join(f"word{n}" for n in range(60_000))
    whole, cut = (signature(an_article(one), [Segment("body", 0, len(one))]) for one in (text, text[:MAX_STORY]))
    assert whole == cut != b""


def test_a_story_of_which_there_are_a_hundred_copies_does_not_keep_another_out(desk: Desk, old_files: None) -> None:
    wire = prose(1, 4)
    for n in range(100):
        desk.write(f"wire/{n}.txt", paper("The same headline everywhere", wire))
    desk.write("other.txt", paper("Something else", [*prose(5, 3), wire[0].replace("was told", "had been told")]))
    desk.sync()
    assert [hit.passage.source for hit in desk.search(wire[0]) if hit.passage.source == "other.txt"]


def test_the_estimate_is_near_the_share_of_common_runs() -> None:
    """Against the slow twin: sets of runs. The estimate of 64 values has a standard deviation of at most .0625."""
    errors = []
    for seed in range(40):
        one = prose(seed, 30)
        other = [*one[: seed % 31], *prose(seed + 1000, 30 - seed % 31)]
        texts = [" ".join(said) for said in (one, other)]
        runs = [word_runs(text) for text in texts]
        signed = [signature(an_article(text), [Segment("body", 0, len(text))]) for text in texts]
        errors.append(alike(*signed) - len(runs[0] & runs[1]) / len(runs[0] | runs[1]))
    assert abs(float(np.mean(errors))) < 0.03
    assert max(map(abs, errors)) < 0.25


def test_only_the_story_is_signed() -> None:
    text = " ".join(prose(1)) + "\n" + " ".join(prose(2))
    half = text.index("\n")
    assert signature(an_article(text), [Segment("body", 0, half), Segment("boilerplate", half + 1, len(text))]) == signature(
        an_article(text[:half]), [Segment("body", 0, half)]
    )


def test_a_signature_is_the_same_in_every_process() -> None:
    """Kept in the index, so that it may not change with a library: raise index.build.PIPELINE when it does."""
    text = " ".join(prose(1))
    signed = signature(an_article(text), [Segment("body", 0, len(text))])
    assert (len(signed), len(set(bands_of(signed)))) == (256, BANDS)
    assert np.frombuffer(signed, dtype="<u4")[:4].tolist() == [47442725, 22813919, 43446935, 39772329]


def test_bands_find_copies_and_seldom_others() -> None:
    rng = np.random.default_rng(0)
    one = rng.integers(0, 2**32, 64, dtype=np.uint32)
    found = dict.fromkeys((0.3, ALIKE), 0)
    for share in found:
        for _ in range(500):
            other = np.where(rng.random(64) < share, one, rng.integers(0, 2**32, 64, dtype=np.uint32))
            found[share] += bool(set(bands_of(one.tobytes())) & set(bands_of(other.astype("<u4").tobytes())))
    assert found[ALIKE] > 495
    assert found[0.3] < 150
