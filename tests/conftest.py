"""How all tests are run."""

import os

from hypothesis import settings

# How long an example takes says something about the machine, and nothing about what is tested.
# CI tries the same examples each time, so that a change is judged by what it changed; elsewhere new ones.
settings.register_profile("any machine", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("any machine")
