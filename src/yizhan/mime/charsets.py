"""Bytes as text, whatever their sender said about them."""

import codecs
import re
from functools import lru_cache

from charset_normalizer import from_bytes

from yizhan.mime.limits import CHARSET_SAMPLE_BYTES

# What mailers write for what they mean: each label is read as the larger set that holds it (WHATWG Encoding does so
# too).  A name outside this table is not looked up: Python's codecs include compressors and quadratic ones.
_NAMES = {
    "cp1252": "iso-8859-1 latin1 latin-1 windows-1252 cp1252",
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 utf-8n",
    "gb18030": "gb18030 gb2312 gbk x-gbk gb_2312-80 cp936 gb2312-80 chinese euc-cn x-euc-cn",
    "hz": "hz hz-gb-2312",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5 cp950",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932",
    "euc_jp": "euc-jp x-euc-jp eucjp",
    "iso2022_jp_2": "iso-2022-jp iso-2022-jp-2 csiso2022jp",
    "cp949": "euc-kr ks_c_5601-1987 ks_c_5601-1989 ksc5601 windows-949 cp949 korean",
    "iso2022_kr": "iso-2022-kr",
    "koi8_r": "koi8-r koi8 koi",
    "koi8_u": "koi8-u koi8-ru",
    "cp866": "ibm866 cp866 866",
    "utf-16": "utf-16 unicode",
    "utf-16-le": "utf-16le",
    "utf-16-be": "utf-16be",
    "utf-7": "utf-7 unicode-1-1-utf-7",
    "cp874": "tis-620 windows-874 cp874 iso-8859-11",
    "mac_cyrillic": "x-mac-cyrillic mac-cyrillic",
    "mac_roman": "macintosh x-mac-roman",
    **{f"cp{page}": f"windows-{page} cp{page} x-cp{page}" for page in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{f"iso8859_{part}": f"iso-8859-{part} iso8859-{part} latin{part}" for part in (*range(2, 11), 13, 14, 15, 16)},
}
_CODECS = {label: codec for codec, labels in _NAMES.items() for label in labels.split()}
# What an unlabelled text may be in; a wider choice makes more wrong guesses than right ones.
_LIKELY = ["gb18030", "big5", "cp1251", "koi8_r", "cp932", "euc_jp", "cp949", "cp1252"]


@lru_cache(maxsize=256)
def known_charset(name: str | None) -> str | None:
    """Python's codec for a charset as mail names it, or None."""
    return _CODECS.get((name or "").strip().strip("'\"").lower())


def decode_text(data: bytes, charset: str | None = None) -> str:
    """The text in its named charset, else UTF-8, else what it looks like; never raises."""
    named = known_charset(charset)
    if data.startswith(codecs.BOM_UTF8):
        named = "utf-8-sig"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        named = "utf-16"
    # Western labels stand on much that is UTF-8, and hardly any Western text is UTF-8 by chance.
    order = ("utf-8", named) if named == "cp1252" else (named, "utf-8")
    for codec in order:
        decoded = _try(data, codec)
        if decoded is not None:
            return decoded
    return data.decode(named or _guess(data[:CHARSET_SAMPLE_BYTES]), "replace")


def _try(data: bytes, codec: str | None) -> str | None:
    if codec is None:
        return None
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return None


def _guess(sample: bytes) -> str:
    """What the letters look like: Chinese and Russian by their commonest letters, the rest by charset-normalizer."""
    scores = {codec: _likeness(sample, codec) for codec in _COMMON}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] >= _LIKE_ENOUGH:
        return best
    found = from_bytes(sample, cp_isolation=_LIKELY, steps=5, threshold=0.5).best()
    return "gb18030" if found is None else found.encoding


def _likeness(sample: bytes, codec: str) -> float:
    """How much of the text, read so, is common letters of that language; 0 when it has no run of them."""
    runs, common = _COMMON[codec]
    letters = b"".join(runs.findall(sample)).decode(codec, "replace")
    marks = [letter for letter in letters if letter > "\x7f"]
    return sum(1 for letter in marks if common(letter)) / len(marks) if marks else 0.0


def _is_common_hanzi(letter: str) -> bool:
    """GB2312's first level, the 3,755 commonest, and its punctuation."""
    data = letter.encode("gb18030", "replace")
    return len(data) == 2 and (0xB0 <= data[0] <= 0xD7 or data[0] in (0xA1, 0xA3)) and data[1] >= 0xA1


def _is_common_traditional(letter: str) -> bool:
    """Big5's first level, and its punctuation."""
    data = letter.encode("big5hkscs", "replace")
    return len(data) == 2 and (0xA4 <= data[0] <= 0xC6 or data[0] == 0xA1)


def _is_common_cyrillic(letter: str) -> bool:
    return letter in "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфОПНСВЗДТ"


_LIKE_ENOUGH = 0.85
_COMMON = {
    "gb18030": (re.compile(rb"(?:[\x80-\xff]{2})+"), _is_common_hanzi),
    "big5hkscs": (re.compile(rb"(?:[\x80-\xff][\x40-\xff])+"), _is_common_traditional),
    "cp1251": (re.compile(rb"[\x80-\xff]{3,}"), _is_common_cyrillic),
    "koi8_r": (re.compile(rb"[\x80-\xff]{3,}"), _is_common_cyrillic),
}
