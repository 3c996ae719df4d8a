"""The server's own words: read from bytes of any alphabet, mended, and with secrets struck out."""

import base64
import binascii
import re
from collections.abc import Iterable
from urllib.parse import quote

from yizhan.base.secret import Secret
from yizhan.providers.limits import MAX_EVIDENCE, MAX_SECRET_FORM

STARS = "******"
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}){4,}")
_LATIN = re.compile(r"[\x80-\xff]{4,}")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CYRILLIC = re.compile(r"[\u0430-\u044f]")  # lower case: KOI8-R read as windows-1251 turns the case about
_COMMON_CHINESE = frozenset(
    "的请用户登录密码授权使已不是在有错误失败系统邮件箱服务器地址过多次数限制时间稍后再试被拒绝证验该号"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_TOKENS = re.compile(
    r"(?i)(?P<head>\bbearer[ :=]+|\bAUTH(?:ENTICATE)?[ :]+(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5)[ :]+"
    r"|\b(?:access_?token|refresh_?token|id_?token|client_?secret|password|passwd|pwd|assertion)[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<secret>[^\s\"'<>,;}\])]{6,})"
)
_SHAPES = re.compile(r"\b(?:eyJ[\w-]{8,}\.[\w.-]+|ya29\.[\w.-]{8,}|1//0[\w-]{8,}|EwA[\w+/=%-]{40,}|GOCSPX-[\w-]{8,})")


def read_words(raw: bytes) -> str:
    """The server's words.  Not UTF-8: GB18030, or a Cyrillic alphabet where that is clearly better; never raises."""
    raw = raw[: 4 * MAX_EVIDENCE]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    chinese = raw.decode("gb18030", "replace")
    russian = max((raw.decode(name, "replace") for name in ("cp1251", "koi8-r")), key=_count_lower_cyrillic)
    # Two Cyrillic bytes read as one rare Chinese character: real Chinese uses common ones and no letter alone.
    if _count_lower_cyrillic(russian) >= 4 and not _is_common_chinese(chinese):
        return russian
    return chinese


def mend(text: str) -> str:
    """Words that went through the wrong alphabet, or were printed as escapes, made readable where that is certain."""
    if "\\x" in text:
        text = _ESCAPES.sub(lambda match: read_words(bytes.fromhex(match[0].replace("\\x", ""))), text)
    if text.isascii() or not _LATIN.search(text):
        return text
    try:
        raw = text.encode("cp1252")
    except UnicodeEncodeError:
        try:
            raw = text.encode("latin-1")
        except UnicodeEncodeError:
            return text
    mended = read_words(raw)
    return mended if _CHINESE.search(mended) or _count_lower_cyrillic(mended) >= 4 else text


def _count_lower_cyrillic(text: str) -> int:
    return len(_CYRILLIC.findall(text))


def _is_common_chinese(text: str) -> bool:
    found = _CHINESE.findall(text)
    return bool(found) and 4 * sum(char in _COMMON_CHINESE for char in found) >= len(found)


def strike_out(text: str, secrets: Iterable[Secret[str]] = ()) -> str:
    """`text` with stars for each secret in any of its forms, and for all that looks like a token."""
    for secret in secrets:
        for form in _forms(secret.reveal()[:MAX_SECRET_FORM]):
            text = text.replace(form, STARS)
    text = _TOKENS.sub(lambda match: f"{match['head']}{STARS}", text)
    text = _SHAPES.sub(STARS, text)
    return _BASE64.sub(lambda match: STARS if _holds_credential(match[0]) else match[0], text)


def _forms(value: str) -> list[str]:
    """How a secret may stand in a text, longest first; base64 at each of its three alignments."""
    if not value:
        return []
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, quote(value, safe=""), value.replace("\\", "\\\\").replace('"', '\\"')}
    if len(raw) >= 4:
        forms |= {_aligned(raw, shift) for shift in range(3)} | {raw.hex()}
    return sorted((form for form in forms if form), key=len, reverse=True)


def _aligned(raw: bytes, shift: int) -> str:
    """The characters of base64 that come from `raw` alone when `shift` bytes stand before it."""
    whole = base64.b64encode(b"\0" * shift + raw).decode("ascii").rstrip("=")
    start = (8 * shift + 5) // 6
    end = (8 * (shift + len(raw))) // 6
    return whole[start:end]


def _holds_credential(run: str) -> bool:
    """Base64 of a SASL answer: PLAIN's two NULs, or XOAUTH2's `auth=`."""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return False
    return b"\x01auth=" in raw or (raw.count(b"\0") == 2 and raw.replace(b"\0", b"").isascii() and _is_text(raw))


def _is_text(raw: bytes) -> bool:
    return all(byte >= 32 or byte == 0 for byte in raw) and len(raw) > 4
