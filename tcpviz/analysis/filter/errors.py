"""What is wrong with a filter, and where."""


class FilterError(ValueError):
    """A text is no filter: `str()` says why, `column` (from 0) and `length` say which part of it."""

    def __init__(self, text: str, column: int = 0, length: int = 1) -> None:
        super().__init__(text)
        self.column = column
        self.length = max(length, 1)

    def pointer(self) -> str:
        """A line to put below the filter: marks under the wrong part."""
        return " " * self.column + "^" + "~" * (self.length - 1)
