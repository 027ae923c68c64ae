"""The only place that counts tokens."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

ENCODING = "cl100k_base"


@cache
def _encoding() -> tiktoken.Encoding:
    # tiktoken fetches its tables on first use; llama_index.core ships them. Finding its folder does not import it.
    # TIKTOKEN_CACHE_DIR set by the user is left alone.
    package = importlib.util.find_spec("llama_index")
    for folder in (package.submodule_search_locations or []) if package else []:
        tables = Path(folder) / "core" / "_static" / "tiktoken_cache"
        if tables.is_dir():
            os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(tables))
    import tiktoken

    return tiktoken.get_encoding(ENCODING)


def first_tokens(text: str, limit: int) -> str:
    """The beginning of a text that has at most `limit` tokens, cut between characters.

    >>> first_tokens("Tencent will invest $70bn.", 2)
    'Tencent'
    """
    if len(text.encode()) <= limit:
        return text  # a token has at least one byte
    tokens = _encoding().encode_ordinary(text[: limit * 40])  # nor are words much longer than this
    return _encoding().decode(tokens[:limit], errors="ignore")


def count_tokens(text: str) -> int:
    """The number of cl100k_base tokens of a text; special tokens are counted as the plain text they are.

    >>> count_tokens("Tencent will invest $70bn.")
    8
    >>> count_tokens("")
    0
    """
    return len(_encoding().encode_ordinary(text))
