"""What an assistant works with: the embedder, the reranker, the model, and how much evidence it is shown."""

from __future__ import annotations

from assistant.bundled import LocalChatModel, OnProgress, default_cache
from assistant.evidence import ENDPOINT_TOKENS, EVIDENCE_TOKENS
from assistant.model import ChatModel, OpenAIChatModel
from assistant.replies import Replies
from assistant.settings import Settings
from assistant.steps import NOTHING, Step
from index.embed import BundledEmbedder, Embedder, OpenAIEmbedder
from index.rerank import CrossEncoder, Reranker


def make_embedder(settings: Settings) -> Embedder:
    """The bundled embedder, or the endpoint's when DATELINE_EMBEDDING_MODEL names one."""
    if settings.embedding_model is None:
        return BundledEmbedder()
    return OpenAIEmbedder(
        settings.embedding_model, base_url=settings.openai_base_url, api_key=settings.openai_api_key, timeout=settings.timeout
    )


def make_reranker(without: frozenset[Step] = NOTHING) -> Reranker | None:
    """The bundled cross-encoder, not yet loaded; None where that step is left out."""
    return None if "reranker" in without else CrossEncoder()


DEFAULT_OPENAI_MODEL = "gpt-4o-mini"
"""Used with a key alone; an endpoint of one's own names its models itself."""


def make_model(settings: Settings, on_join: OnProgress | None = None, *, keep_replies: bool = True) -> ChatModel | None:
    """The model that the settings choose, not yet started; None for `extractive`."""
    if settings.mode == "extractive":
        return None
    if settings.mode == "local":
        cache = settings.cache or default_cache()
        replies = Replies(cache / "replies.sqlite") if keep_replies else None
        return LocalChatModel(settings.model_path, cache, timeout=settings.timeout, on_progress=on_join, replies=replies)
    name = settings.chat_model or (None if settings.openai_base_url else DEFAULT_OPENAI_MODEL)
    return OpenAIChatModel(
        name, base_url=settings.openai_base_url, api_key=settings.openai_api_key, timeout=settings.timeout,
        at_once=settings.concurrency,
    )  # fmt: skip


def evidence_tokens(settings: Settings) -> int:
    """The tokens of evidence that the chosen model is shown."""
    return settings.evidence_tokens or (ENDPOINT_TOKENS if settings.mode == "openai" else EVIDENCE_TOKENS)
