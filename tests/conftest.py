from __future__ import annotations

import os
from pathlib import Path

from tests.profiles import load_profile

pytest_plugins = ["pytester"]

# Every client reads all root certificates that it finds, which costs more than the rest of most tests, and none of them
# is used: no test speaks TLS. So they find one, whose key was thrown away. Set for processes that tests start, too.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("root.pem"))

load_profile()
