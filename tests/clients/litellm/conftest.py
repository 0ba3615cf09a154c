"""litellm asks for a list of prices as it is imported, and again later; with this it takes the one that it has."""

from __future__ import annotations

import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
