"""Many readers of the real server at once, and a model that is gone."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.assistant.web.conftest import KNOWN
from tests.assistant.web.desk import Caller, KnowingModel, Site
from tests.conftest import ROOT

READERS = 20


def served(base: Path, sample_index: Path, model: KnowingModel) -> Site:
    shutil.copytree(ROOT / "corpus", base / "corpus")
    shutil.copytree(sample_index, base / "index")
    return Site(base / "corpus", base / "index", model)


def test_twenty_readers_at_once_lose_no_answer_and_see_no_other(sample_index: Path, tmp_path: Path) -> None:
    said: tuple[tuple[str, str], ...] = (("Tencent will invest $70 billion over five years.", "over five years"),)
    with (
        KnowingModel({f"reader {n:02} asks": said for n in range(READERS)}) as model,
        served(tmp_path, sample_index, model) as site,
    ):
        readers = [Caller(site.url, f"page{n}") for n in range(READERS)]

        def talk(n: int) -> list[str]:
            return [readers[n].ask(f"How much will Tencent invest, reader {n:02} asks for turn {turn}?")[1] for turn in range(2)]

        with ThreadPoolExecutor(READERS) as pool:
            for n, logs in enumerate(pool.map(talk, range(READERS))):
                for turn, log in enumerate(logs):
                    assert log.count('<article class="turn"') == turn + 1
                    assert log.count('data-copy="Tencent will invest $70 billion over five years') == turn + 1
                    assert log.count(f"reader {n:02} asks for turn {turn}?") >= 1
                    assert not any(f"reader {other:02} asks" in log for other in range(READERS) if other != n)


def test_a_model_that_is_gone_is_told_and_the_answer_quoted(sample_index: Path, tmp_path: Path) -> None:
    with KnowingModel(dict(KNOWN)) as model:
        site = served(tmp_path, sample_index, model)
        address = model.base_url
    with site:
        log = Caller(site.url, "page").ask("Who is the chief executive of Digital China Holdings?")[1]
        assert "Quoted by program, without the model" in log
        assert "Maria Kwok" in log
        assert address.removesuffix("/v1") not in log  # readers need not know where the model was
