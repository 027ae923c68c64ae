"""`python -m assistant` is the command `dateline`."""

import sys

from assistant.cli import main

sys.exit(main())
