"""The page with the bundled model, as a fresh clone serves it: no key, no endpoint."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.bundled import default_cache
from tests.assistant.conftest import CACHE
from tests.assistant.web.desk import Site, Window
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MODEL_SECONDS = 300


def test_the_bundled_model_answers_and_its_citation_is_marked(browser: Browser, sample_index: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    shutil.copytree(sample_index, tmp_path / "index")
    cache = CACHE or str(default_cache())
    with Site(tmp_path / "corpus", tmp_path / "index", None, DATELINE_CACHE=cache) as site:
        window = Window(browser.new_page(), site.url).open()
        assert "(bundled)" in window.page.locator("#facts").inner_text()
        window.page.set_default_timeout(MODEL_SECONDS * 1000)
        answer = window.ask("How much will Tencent invest, and over how many years?")
        assert "70 billion" in answer
        assert "five years" in answer
        marked = window.cite()
        assert "five years" in marked
        window.page.get_by_text("✓ The file says so").wait_for()
        assert (window.elsewhere, window.complaints) == ([], [])
