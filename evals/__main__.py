"""`python -m evals` is `dateline eval`."""

import sys

from evals.cli import main

sys.exit(main())
