"""How all tests are run."""

from hypothesis import settings

# How long an example takes says something about the machine, and nothing about what is tested.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
