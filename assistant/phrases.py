"""How prompts look and how orders to programs are worded: the patterns that `assistant.untrusted` looks for.

Each matches in a bounded stretch of text, so that a long sentence takes no longer than its length.
"""

from __future__ import annotations

import re


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE)


TEMPLATE_MARK = _any_of(
    r"<\s{0,3}\|[^|]{0,40}\|\s{0,3}>", r"<\|\s{0,3}\w*", r"\w{0,40}\|>", r"<{1,2}/?\s{0,3}SYS\s{0,3}>{1,2}",
    r"\[/?\s{0,3}INST\s{0,3}\]", r"</?s>", r"<(?:start|end)_of_turn>",
)  # fmt: skip
"""What chat templates mark turns with; llama.cpp takes it for the real thing wherever it stands."""

TEMPLATE = _any_of(
    r"<\s{0,3}\|\s{0,3}(?:im_|system|user|assistant|end|start)", r"\[\s{0,3}INST\s{0,3}\]", r"<start_of_turn>",
    r"[\"']role[\"']\s{0,3}:", r"<{1,2}/?\s{0,3}(?:SYS|system(?:-\w+)?|assistant|instructions?)\s{0,3}>{1,2}",
    r"</?\s{0,3}tool_(?:call|response)", r"\bfunction_call\b", r"^[^\w\n]{0,20}system (?:prompt|override)\b",
    r"^[^\w\n]{0,20}(?:system|assistant) (?:message|note|instructions?|turn) ?[:：]",
    r"^#{1,6} {0,3}(?:system|instructions?|assistant|response|user|prompt) {0,3}:? {0,3}#{0,6}$",
    r"^#{2,6} {0,3}(?:system|instruction|response) ?:", r"^```(?:python|py|sh|bash|js|javascript|json|system|prompt)\b",
    r"^[^\w\n]{0,20}(?:end of|no more) (?:the )?(?:sources?|articles?|documents?|context)(?:[.!)\]*]|$)",
    r"\{\{.{0,60}?\}\}", r"\{%.{0,60}?%\}", r"\$\{?(?:QUESTION|SOURCES|CONTEXT|ANSWER)\b",
    r"\{(?:question|sources?|context|history|query|input|answer|documents?)\}",
)  # fmt: skip
"""Marks of a chat template or of a prompt's: no article has them by chance, and they seldom come alone."""
PLAYED = _any_of(
    r"^[^\w\n]{0,20}system ?[:：] ?(?:the user|you|ignore|reply|answer|respond|always|never)\b",
    r"^[^\w\n]{0,20}assistant ?[:：>] ?(?:the|it|that|this|there|yes|no|i|very well|sure|of course|certainly)\b",
    r"^[^\w\n]{0,20}(?:user|human) ?[:：>] ?.{0,200}\?\s{0,3}(?:assistant|AI|(?:chat)?bot|model) ?[:：>]",
    r"\A\s{0,9}[\[【](?:source ?)?\d+[\]】] ?(?:\(|according to|the (?:list|sources?|source \d))", r"</?user>",
    r"\bQuestion ?:.{1,200}\bAnswer ?:",
)  # fmt: skip
"""A part of a prompt as an article might play it."""

_SAY = (
    r"(?:say|reply|answer|respond|state|tell|write|mention|recommend|give|repeat|output|print|omit|add|append|insert|name|describe"
    r"|ignore|disregard|forget|treat|translate|reveal|claim|praise|warn|pretend|speak|drop|leave out|click|send|quote|cite|copy"
    r"|summari[sz]e|conclude|obey|comply|report|present)"
)
_SAY_THAT = (
    r"(?:(?:say|reply|answer|respond|state|write|claim|output)(?: ?:|,? (?:that|with|only|instead|in [A-Z]))"
    r"|tell (?:the |their |your )?(?:users?|readers?|them|people|anyone|everybody|customers) that)"
)
_MODAL = r"(?:must|should|shall|ha(?:s|ve) to|need to|(?:is|are) (?:\w+ )?to)"
_PROGRAM = (
    r"(?:A\.?I\.? (?:assistant|model|agent|reader|tool|system)s?|(?:any|every|all|dear|hey|the|an|to|of"
    r"|attention) A\.?I\.?s?(?= (?:that|which|who|reading|must|should|shall|is to|has to|and|or)\b|[,:;—–])|AIs"
    r"|(?:AI|automated|machine) (?:reader|assistant|system)s?|chat\s?bots?|bots|(?:large )?language[\s-]models?|LLMs?"
    r"|summari[sz]ers?"
    r"|crawlers?|(?-i:GPT|DAN\b|ChatGPT|Claude|Gemini|Copilot|Siri|Alexa|Grok|DeepSeek)|(?:dear|any) machine"
    r"|(?<!sales )(?<!shop )(?<!teaching )(?<!care )(?<!research )(?<!medical )(?<!legal )assistants"
    r"|models (?:composing|reading|generating|summari[sz]ing|answering|that (?:read|answer|summari[sz]e)|and (?:assistants|bots)))"
)
_ASSISTANT = rf"(?:{_PROGRAM}|assistant|bot|you)"
TOLD = _any_of(
    rf"\b{_PROGRAM}\b(?:(?! said| says| told)[^.!?:;]){{0,80}}?\b{_MODAL}\b(?: \w+){{0,3}}? {_SAY}\b",
    rf"\b{_PROGRAM}\b[^.!?]{{0,60}}[:;,—–] ?(?:\w+ ){{0,3}}?{_SAY}\b(?! ?,| analysts| critics)",
    rf"\b{_PROGRAM}\b[^.!?]{{0,60}}\b(?:must|should|is to|are to)(?: \w+)? be (?:described|given|called|named|reported"
    rf"|presented)\b",
    rf"\b{_PROGRAM}\b[^.!?]{{0,60}}\b(?:(?:reading|processing|parsing|indexing|generating|summari[sz]ing|describ\w+|digests?"
    rf"|pass(?:es)?) "
    r"(?:this|these|the (?:page|text|article|reply)))\b",
    r"\bdear (?:machine|A\.?I|assistant|bot|chatbot|model)\b",
    rf"^[^\w\n]{{0,20}}(?:assistant|bot|machine|model), .{{0,60}}?\b{_SAY}\b",
    r"\b(?:rules?|notes?|messages?|instructions?|orders?|advice) (?:for|to) (?:the |any |every |all )?(?:\w+ )?(?:bots?"
    r"|assistants?|chatbots?)\b",
    rf"^[^\w\n]{{0,20}}(?:attention|instructions?|notes?|message|notice|legal notice)\b.{{0,20}}\b{_PROGRAM}\b",
    r"(?:AI|人工智能|智能助手|语言模型|大模型|聊天机器人|助手).{0,30}(?:必须|应该|应当|务必|一律|统一|只能|请|不得|你|您).{0,16}"
    r"(?:回答|回复|答复|写|输出|照抄|引用|忽略)",
    r"\b(?:asistente|Assistent(?:en|in)?|Sprachmodelle?)\b.{0,60}\b(?:contesta|responde|antworte\w*|schreib\w*)\b",
)
"""What a program is told to do."""
TOLD_TO_SAY = _any_of(rf"\b{_ASSISTANT}\b[^.!?]{{0,80}}?\b{_MODAL}\b(?: \w+){{0,3}}? {_SAY_THAT}")
REPORTED = _any_of(
    r"\b(?:said|says|told|according to|announced|warned|wrote|found|laws?|bills?|rules|regulat\w+|ministry|draft"
    r"|researchers?|experts?|critics|analysts?|court|judge|requires?)\b",
    r"表示|指出|规定|要求|据|法规|办法|研究",
)
"""Somebody reports what programs are to do: news."""

ORDER = _any_of(
    # what was told before
    r"\b(?:ignore|disregard|forget|override|bypass)\b(?: (?:all|any|every|everything|of|the|your|these|those|my|system)){0,4}"
    r"(?: (?:previous|prior|earlier|above|preceding|foregoing|other|safety)){0,2} ?(?:(?:instructions?|prompts?|directives?"
    r"|guidelines?)\b"
    r"|(?:above|before this|what you (?:are|were|have been|had been) told|that you were|you were told)\b)(?! (?:about|of|on"
    r"|how)\b)",
    r"\b(?:ignore|disregard|forget) what (?:came|stands|was said) (?:before|above)\b|\bpay no attention to the (?:earlier|other"
    r"|previous)\b",
    r"\bsupersedes? (?:all|every|the) others?\b|\b(?:only|true) source to (?:cite|use)\b|\byour task is to\b"
    r"|\bwhen you (?:answer|reply|respond|summari[sz]e)\b",
    r"\bin (?:the|your|any) (?:summary|answer|reply|response),? (?:note|say|mention|state|write|add|include)\b",
    r"\bwhen (?:summari[sz]ing|answering|quoting|citing)(?: \w+){0,3}, (?:always |also )?(?:note|say|mention|state|write|add"
    r"|include)\b",
    r"\byou (?:were|have been|had been) told (?:before|earlier|above|so far|until now)\b",
    r"\b(?:reveal|print|show|repeat|output|disclose) (?:me |us )?(?:your|the system|the hidden|the original) (?:\w+ )?(?:prompt"
    r"|instructions)\b",
    # what to say when asked
    r"\b(?:ask(?:s|ed)?|queried|question(?:ed)?|wants? to know|inquires?)\b.{0,120}?[,:;—]\s?(?:(?:please|always|only|simply"
    r"|just|then|you must"
    r"|must) ){0,2}(?:(?:answer|say|reply|respond)\b(?! (?:to|of|in|aides|officials|sources|analysts)\b)|state (?:that|only|:)"
    r"|tell (?:them|him|her|the|your))",
    # an imperative that begins a sentence
    r"(?:^|[.!?:;]\s)\W{0,3}(?:(?:now|please|then|always|only|just|simply) ){0,2}(?:(?:say|reply|answer|respond)\b ?"
    r"(?:(?:that|with|only|exactly|nothing|verbatim)\b|[\"“«‘*])|(?:output|print|repeat|write)\b ?"
    r"(?:(?:only|exactly|nothing but|(?:the|this|one|that) (?:single |exact |following )?(?:word|sentence|line|phrase"
    r"|from))\b|[\"“«*]))",
    r"^\W{0,20}reply\s?:",
    r"\A\W{0,20}say [a-z]+ [a-z]+\.",
    r"(?:\A\W{0,3}|[:;]\s|\bplease )(?:tell|inform|assure|convince) (?:the|your) (?:user|reader)s?\b|\byour user\b",
    r"\b(?:do|should|shall|must|may) I (?:reply|answer|respond)\b",
    r"\b(?:expected|valid|only|correct) (?:output|reply|response)\b(?: of the assistant)? (?:is|:|of)",
    r"\b(?:from now on,?|you (?:will|must|shall|should)) (?:now )?(?:only |always )?(?:reply|respond|answer (?:in|with|only"
    r"|that)|act as|output"
    r"|pretend|obey|ignore|speak (?:in|like))\b",
    r"\b(?:answer|ignore|disregard) the user\b|\bthe user[’']s (?:question|query|prompt)\b",
    r"\b(?:new|updated|special|hidden|secret) (?:system )?instructions?\s?:|^\W{0,20}override\s?:",
    # the reply itself
    r"\banswers? to (?:any|every|each|all) questions?\b",
    r"\b(?:begin|start|finish|end|open|close|preface)s? (?:the|your|each|every|any|all) (?:answers?|repl(?:y|ies)"
    r"|responses?) with\b",
    r"\b(?:every|each|any|all|your(?: next)?) (?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies))\b.{0,60}?\b(?:(?:must|should"
    r"|has to|have to|(?:is|are) to|needs? to) (?:be (?:shouted|set|written|given)|end|begin|start|say|contain|include|mention"
    r"|close)"
    r"|does not say)\b",
    r"\b(?:into|of|before|finish|generating|close|to) (?:your|the) reply\b.{0,40}[:;.,]",
    r"\byou(?:[’']re| are) (?:now \w+|\w+ now|no longer)\b.{0,80}\b(?:rules?|sources?|assistant|model|character|restrictions?"
    r"|do anything)\b",
    r"\bnot in the sources\b",
    # other languages
    r"(?:忽略|无视).{0,12}(?:指令|提示|要求|上文|以上)|照抄|(?:只|请)(?:用.{0,6})?(?:回答|回复|回)(?:这|一句)|统一(?:写成|回答|说成)|一律(?:回答|回复)(?!记者|提问)"
    r"|在(?:你的)?回答里写",
    r"\b(?:contesta|responde)\b.{0,20}\b(?:únicamente|s[oó]lo|siempre)\b",
    r"以前の指示|\b[d']?ignor\w+ (?:todas|toutes|alle|tutte) (?:las|les|as|le)?\b.{0,12}(?:instruc|instruç|Anweis|istruz)",
    r"\A\W{0,3}(?:Antworte|Ignoriere|Vergiss|Schreibe?|Ignora|Responde|Olvida|Contesta|Escribe|Ignore[zr]|Oublie[zr]?"
    r"|Répond(?:s|ez)"
    r"|Écri(?:s|vez)|Забудь|Игнорируй|Ответь|Напиши|Скажи)\b",
)
"""An order by its own words, whoever is meant."""

OF_PROGRAMS = _any_of(
    rf"\b{_PROGRAM}\b", r"(?<![A-Za-z])(?-i:A\.?I)(?![A-Za-z])", r"\bbot\b", r"人工智能|智能助手|语言模型|大模型|聊天机器人"
)
"""A question about programs that read and write."""
