"""Blanks in Chinese: one between Chinese and Latin words, none between Chinese ones.

Names that are put into a sentence may be either, so no sentence can be written right beforehand.
"""

import re

_HAN = "\u4e00-\u9fff"
_BETWEEN_HAN = re.compile(rf"(?<=[\u3000-\u303f{_HAN}\uff00-\uffef]) (?=[{_HAN}])")
_HAN_LATIN = re.compile(rf"(?<=[{_HAN}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{_HAN}])")


def space_chinese(text: str) -> str:
    """The sentence with its blanks put right; text of other languages stays as it is."""
    return _HAN_LATIN.sub(" ", _BETWEEN_HAN.sub("", text))
