"""The app on a copy of the sample corpus, served once a module, and a browser to open it in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.assistant.web.desk import KnowingModel, Site, Window
from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TENCENT = "Tencent will invest $70 billion over five years."
KNOWN = {
    "will Tencent invest": ((TENCENT, "$70bn over five years"),),
    "over how many years": (("It is over five years.", "over five years"),),
    "chief executive of Digital China": (
        ("Maria Kwok is chief executive of Digital China Holdings.", "Maria Kwok, chief executive"),
    ),
    "second plant cost": (("Lanqu is to spend 1.2 billion yuan on a second plant.", "to spend 1.2 billion yuan"),),
    "Gullwing Quay": (("The quay at Gullwing will cost 41.7 million euros.", "41.7 million"),),
}
"""What the scripted model answers: words of a question, then (sentence, words of the source that says so)."""

Opener = Callable[..., Window]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sample_index: Path) -> Iterator[Site]:
    base = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "corpus", base / "corpus")
    shutil.copytree(sample_index, base / "index")
    with KnowingModel(dict(KNOWN)) as model, Site(base / "corpus", base / "index", model) as running:
        yield running


@pytest.fixture
def opened(site: Site, browser: Browser) -> Iterator[Opener]:
    """Opens the page in a browser of its own; when the test ends, nothing may have gone elsewhere or been complained of."""
    windows: list[Window] = []
    assert site.model is not None
    site.model.held.set()
    with ExitStack() as stack:

        def open_it(path: str = "/", **options: Any) -> Window:
            context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options})
            stack.callback(context.close)
            windows.append(Window(context.new_page(), site.url))
            return windows[-1].open(path)

        yield open_it
        for window in windows:
            assert window.elsewhere == []
            assert window.complaints == []
