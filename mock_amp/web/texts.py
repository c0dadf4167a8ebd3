"""Text as HTTP brings it: bytes that are not UTF-8 stand in it as surrogates, which JSON and the store refuse."""


def clean(text: str) -> str:
    r"""The text with such bytes written out, as `\xff`."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
