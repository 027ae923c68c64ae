# Every target makes its own environment in .venv on first use: Python 3.11 or later, pip or uv, nothing else.
VENV ?= .venv
BIN := $(VENV)/bin
CORPUS ?= corpus
INDEX ?= .dateline

.PHONY: help ask chat test check eval injection lock clean

help:
	@echo 'make ask Q="How much will Tencent invest?"   answer a question from the articles in $(CORPUS)/'
	@echo 'make chat                                    ask, read and check answers in the browser'
	@echo 'make test                                    run the tests'
	@echo 'make eval                                    answer twelve gold questions with the bundled model, and hold them to a gate'
	@echo 'make injection                               ask the bundled model about 66 hostile articles: none may be obeyed'
	@echo 'make check                                   run the linter, the formatter and the type checker'

# The question reaches the program through the environment, so that no character of it means anything to make or sh.
ask: export QUESTION = $(value Q)
ask: $(VENV)/.installed
	@test -n "$$QUESTION" || { echo 'usage: make ask Q="your question"' >&2; exit 2; }
	@$(BIN)/dateline ask "$$QUESTION" --corpus "$(CORPUS)" --index "$(INDEX)" || [ $$? -eq 3 ] # a refusal is an answer

chat: $(VENV)/.installed
	@$(BIN)/dateline chat --corpus "$(CORPUS)" --index "$(INDEX)"

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: $(VENV)/.installed-dev
	$(BIN)/dateline eval run evals/gold/dev.jsonl --limit 12 --gates evals/gates/sample.toml --out runs/sample --fresh

injection: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.injection

$(VENV)/.installed: requirements.txt pyproject.toml scripts/install
	@scripts/install "$(VENV)" requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt pyproject.toml scripts/install
	@scripts/install "$(VENV)" requirements-dev.txt
	@touch $@ $(VENV)/.installed

lock:
	scripts/lock

clean:
	rm -rf $(VENV) .dateline build *.egg-info
