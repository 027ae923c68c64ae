"""This index under a LlamaIndex chain: the only module that imports LlamaIndex."""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from index.store import Store


class DatelineRetriever(BaseRetriever):
    """A LlamaIndex retriever over a store: nodes carry the passage's file, exact range, title and date.

    >>> from pathlib import Path
    >>> from index.embed import BundledEmbedder
    >>> from index.store import EmbeddedStore
    >>> store = EmbeddedStore(Path(".dateline"), BundledEmbedder())  # doctest: +SKIP
    >>> DatelineRetriever(store, 3).retrieve("How much will Tencent invest?")[0].metadata["source"]  # doctest: +SKIP
    '2020-05-27-labs-and-servers.txt'
    """

    def __init__(self, store: Store, limit: int = 5) -> None:
        self._store, self._limit = store, limit
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = []
        for hit in self._store.search(query_bundle.query_str, self._limit):
            passage = hit.passage
            node = TextNode(
                id_=f"{passage.source}:{passage.start}-{passage.end}",
                text=passage.text,
                start_char_idx=passage.start,
                end_char_idx=passage.end,
                metadata={"source": passage.source, "title": passage.title, "published": passage.published, "kind": passage.kind},
            )
            found.append(NodeWithScore(node=node, score=hit.score))
        return found
