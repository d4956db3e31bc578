"""The one way in which bytes can be refused."""


class ParseError(ValueError):
    """These bytes are not what they claim to be; the text says which rule they break."""
