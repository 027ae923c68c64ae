"""Answer the questions of a gold file and print what was right: python -m benchmarks.gold_check GOLD CORPUS INDEX

A question counts as right when every group of `facts` has an alternative in the answer (figures by value), or, when it
is unanswerable, when it was refused. Every citation is checked against its file, character for character.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from assistant.api import open_assistant
from assistant.figures import figures
from assistant.types import Answer
from index.load import load


def holds(text: str, alternative: str) -> bool:
    """Whether a text says an alternative: its figures by value, or else its words as whole words.

    >>> holds("It is US$1.4 trillion.", "1.4tn"), holds("In 2016 it fell.", "16"), holds("The Dutchman", "Dutch")
    (True, False, False)
    """
    wanted = figures(alternative)
    if wanted and not re.search(r"[^\W\d_]{4}", alternative):
        return set(wanted) <= set(figures(text))
    return bool(re.search(rf"(?<!\w){re.escape(alternative.casefold())}(?![a-z])", text.casefold()))


def is_right(item: dict[str, Any], answer: Answer) -> bool:
    """Whether an answer says what the gold says."""
    if not item["answerable"]:
        return answer.status == "refused"
    return answer.status == "answered" and all(any(holds(answer.text, one) for one in group) for group in item["facts"])


def inexact(answer: Answer, corpus: Path) -> int:
    """How many citations do not stand in their file."""
    return sum(load(corpus / c.source, c.source).text[c.start : c.end] != c.quote for c in answer.citations)


def main() -> None:
    """Run the file and print a line a question and a total."""
    gold, corpus, index = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    assistant = open_assistant(corpus, index, keep_replies=False)
    right, wrong_citations, citations, cited_right, answered = 0, 0, 0, 0, 0
    items = [json.loads(line) for line in gold.read_text("utf-8").splitlines() if line.strip()]
    for item in items:
        started = time.perf_counter()
        answer = assistant.answer(item["question"], [(q, a) for q, a in item.get("history", [])])
        seconds = time.perf_counter() - started
        good = is_right(item, answer)
        right += good
        wrong_citations += inexact(answer, corpus)
        citations += len(answer.citations)
        if item["answerable"] and answer.citations:
            answered += 1
            cited_right += bool({c.source for c in answer.citations} & {*item["sources"], *item.get("also", [])})
        print(f"{'right' if good else 'WRONG'}  {item['id']}  {seconds:5.1f} s  {item['question']}\n       {answer.text}")
        for warning in answer.warnings:
            print(f"       ! {warning}")
    print(f"\n{right} of {len(items)} right; {citations} citations, {wrong_citations} inexact")
    print(f"the right file cited in {cited_right} of {answered} answers")


if __name__ == "__main__":
    main()
