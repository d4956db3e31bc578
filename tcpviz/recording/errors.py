"""The one error of a recording."""


class RecordingError(Exception):
    """A recording can't be made, opened, or go on; the text says why."""
