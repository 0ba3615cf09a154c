"""``python -m convsim`` is the command ``convsim``."""

import sys

from convsim.cli.main import main

sys.exit(main())
