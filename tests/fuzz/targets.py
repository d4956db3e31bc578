"""All that is fuzzed, by name."""

from collections.abc import Mapping

from fuzz import files, network, texts
from fuzz.target import Target

TARGETS: Mapping[str, Target] = {**files.TARGETS, **network.TARGETS, **texts.TARGETS}
