"""The words said to the model: templates in files, filled with checked values."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def render(name: str, **values: str) -> str:
    """Fill the template `name.md`; a value is put in as it is and never searched for placeholders itself.

    Raises ValueError when a placeholder has no value, a value has no placeholder, or there is no such template.

    >>> render("refusal_check", missing="x")
    Traceback (most recent call last):
        ...
    ValueError: no template 'refusal_check'; expected one of: answer, judge, repair, system, translate
    """
    template = _template(name)
    wanted = set(_PLACEHOLDER.findall(template))
    if wanted != set(values):
        raise ValueError(f"template {name!r} was given {sorted(values)}; expected {sorted(wanted)}")
    return _PLACEHOLDER.sub(lambda match: values[match.group(1)], template)


@cache
def _template(name: str) -> str:
    folder = Path(__file__).parent
    names = sorted(path.stem for path in folder.glob("*.md"))
    if name not in names:
        raise ValueError(f"no template {name!r}; expected one of: {', '.join(names)}")
    return (folder / f"{name}.md").read_text(encoding="utf-8").strip()
