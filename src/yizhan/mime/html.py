"""A stranger's markup, made so that showing it asks nobody for anything and runs nothing.

The order is the guarantee: what is long or embedded is taken out, nh3 (html5ever) keeps only what `_ATTRIBUTES` names,
and only then are pictures put in again, by us, from escaped pieces.  No address that a picture came with is left, so a
browser has nothing to fetch from anybody but us; the frame's own content policy forbids it once more.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import islice
from urllib.parse import urlsplit

import nh3

from yizhan.mime.limits import MAX_BLOCKED_LISTED, MAX_EMBEDDED_CHARS, MAX_HTML_CHARS, MAX_TAGS
from yizhan.mime.text import tidy_lines


def _words(text: str) -> set[str]:
    return set(text.split())


_TAGS = _words(
    "a abbr address article aside bdi bdo blockquote br caption center cite col colgroup dd del dfn div dl "
    "dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr img ins kbd li main mark nav ol p pre q rp rt "
    "ruby samp section span sub sup table tbody td tfoot th thead time tr ul var wbr"
)
# Removed with what they hold; of everything else that is not kept, the words stay.
_WITH_CONTENT = _words(
    "script style title head noscript template iframe frame frameset object embed applet svg math audio video canvas "
    "select option optgroup textarea noembed noframes xmp plaintext portal dialog"
)
_WIDE = {"align", "bgcolor", "height", "valign", "width", "background"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "style", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "border", "align", "hspace", "vspace"},
    "table": {*_WIDE, "border", "cellpadding", "cellspacing", "summary"},
    **{name: {*_WIDE, "colspan", "rowspan", "nowrap", "scope"} for name in ("td", "th")},
    **dict.fromkeys(("tr", "tbody", "thead", "tfoot"), _WIDE),
    **{name: {"span", "width", "align"} for name in ("col", "colgroup")},
    **{name: {"align"} for name in ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "center")},
    "hr": {"align", "color", "size", "width", "noshade"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"type", "value"},
    "blockquote": {"type"},
    "time": {"datetime"},
}
# Nothing here takes a thing out of the flow, lays it over another, animates, generates text or loads.
_STYLES = _words(
    "background background-color border-collapse border-radius border-spacing box-sizing caption-side clear color "
    "direction display empty-cells float font font-family font-size font-style font-variant font-weight height "
    "letter-spacing line-height list-style list-style-type max-height max-width min-height min-width opacity "
    "overflow-wrap table-layout text-align text-decoration text-indent text-transform unicode-bidi vertical-align "
    "white-space width word-break word-spacing word-wrap writing-mode"
) | {
    f"{name}{side}{part}"
    for name, parts in (("margin", [""]), ("padding", [""]), ("border", ["", "-color", "-style", "-width"]))
    for side in ("", "-top", "-right", "-bottom", "-left")
    for part in parts
}
_UNFIT_STYLE = re.compile(r"[\\@<>&{}]|url|image|expression|element|cross-fade|paint|src\s*\(|attr\s*\(|var\s*\(", re.I)
_STYLE_URL = re.compile(r"url\s*\(\s*['\"]?\s*((?:https?:)?//[^'\")\s]{1,2000})", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_COLOURED = {"bgcolor", "color", "background"}
_COLOUR_STYLE = re.compile(r"(?:^|[;\s])(?:background|background-color|color)\s*:", re.IGNORECASE)
_COLOURED_BODY = re.compile(r"<body\b[^<>]{0,2000}\b(?:bgcolor|text|background)\b", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,([A-Za-z0-9+/=\s]{1,})", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IMAGE = re.compile(r"<img((?:\s[^<>]*)?)>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_TAG = re.compile(r"<[^<>]*>")
_BREAKING = re.compile(r"<(?:br|/?(?:p|div|tr|table|li|ul|ol|h[1-6]|blockquote|pre|hr|section|article|dd|dt))\b[^<>]*>")
_CELL_END = re.compile(r"</t[dh]>")

# HTML's "active formatting" elements are opened anew in every block until they are closed: 2,000 of them, left open,
# make a gigabyte of a short message.  A `span` is not, so each of these becomes one, with the look it stands for.
_FORMATTING = {
    **dict.fromkeys(("b", "strong"), "font-weight:bold"),
    **dict.fromkeys(("i", "em"), "font-style:italic"),
    **dict.fromkeys(("s", "strike"), "text-decoration:line-through"),
    **dict.fromkeys(("code", "tt"), "font-family:monospace"),
    "u": "text-decoration:underline",
    "big": "font-size:larger",
    "small": "font-size:smaller",
    "font": "",
}
_FORMATTING_TAG = re.compile(rf"<(/?)({'|'.join(_FORMATTING)})(?=[\s/>])([^<>]*)", re.IGNORECASE)
_FORMATTING_SPAN = re.compile(r'<span class="yz-([a-z]+)"([^<>]*)>')
_FONT_ATTRIBUTE = re.compile(r"\s(color|size)\s*=\s*[\"']?\s*([#+-]?\w{1,30})[\"']?(?=[\s/]|$)", re.IGNORECASE)
_FONT_SIZES = {"1": "x-small", "2": "small", "3": "medium", "4": "large", "5": "x-large", "6": "xx-large"}
_FONT_SIZES |= {"7": "xxx-large", "+1": "larger", "+2": "x-large", "-1": "smaller", "-2": "x-small"}
_COUNTED_TAG = re.compile(r"</?(?!(?:t[dhr]|br|p|hr|img)[\s/>])[a-z]", re.IGNORECASE)

ImageAddress = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class BlockedImage:
    """A picture on somebody's server; width and height in pixels as the message gives them, else None."""

    host: str
    width: int | None
    height: int | None

    @property
    def is_pixel(self) -> bool:
        """Too small to be seen: it is there to report that the message was opened."""
        return (self.width is not None and self.width <= 3) or (self.height is not None and self.height <= 3)


BlockedWords = Callable[[BlockedImage], str]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Safe markup.  `blocked_count` counts all remote pictures that are not shown, `blocked` lists the first;
    `sets_colours`: it has its own and is to be shown on light paper; `cut`: it was too long, and the end is missing."""

    html: str
    blocked: tuple[BlockedImage, ...]
    blocked_count: int
    sets_colours: bool
    cut: bool


@dataclass(frozen=True, slots=True)
class _Looks:
    """What becomes of pictures."""

    own: ImageAddress
    blocked_words: BlockedWords
    fetched: ImageAddress


@dataclass(slots=True)
class _Findings:
    """What is learnt while one message is cleaned."""

    embedded: list[str] = field(default_factory=list)
    blocked: list[BlockedImage] = field(default_factory=list)
    blocked_count: int = 0
    sets_colours: bool = False

    def block(self, image: BlockedImage) -> None:
        self.blocked_count += 1
        if len(self.blocked) < MAX_BLOCKED_LISTED:
            self.blocked.append(image)


def _not_here(_address: str) -> None:
    """No remote picture is here."""


def clean_html(
    markup: str, image_address: ImageAddress, blocked_words: BlockedWords, fetched: ImageAddress = _not_here
) -> Cleaned:
    """Markup to be shown; never raises.

    `image_address` gives the address of the part that a `cid:` names, or None; `fetched` our address of a remote
    picture that was fetched, or None; `blocked_words` what stands in the place of one that was not.
    """
    looks = _Looks(image_address, blocked_words, fetched)
    findings = _Findings()
    findings.sets_colours = bool(_COLOURED_BODY.search(markup))
    markup, cut = _bounded(markup, findings)
    kept = _sanitise(markup, findings)
    kept = _FORMATTING_SPAN.sub(_formatted, kept)
    shown = _IMAGE.sub(lambda found: _image(found[1], findings, looks), kept)
    return Cleaned(shown, tuple(findings.blocked), findings.blocked_count, findings.sets_colours, cut)


def html_to_text(markup: str) -> str:
    """The words of the markup, a line where a block ends; never raises."""
    markup, _ = _bounded(markup, _Findings())
    kept = nh3.clean(markup, tags=_TAGS, clean_content_tags=_WITH_CONTENT, attributes={}, link_rel=None)
    kept = _BREAKING.sub("\0", " ".join(kept.replace("\0", " ").split()))
    words = unescape(_TAG.sub("", _CELL_END.sub(" ", kept)))
    return tidy_lines(words.replace("\0", "\n"))


def _bounded(markup: str, findings: _Findings) -> tuple[str, bool]:
    """No longer than can be cleaned in time: comments and embedded pictures taken out first."""
    markup = "".join(_outside(markup.replace("\x00", ""), "<!--", "-->"))
    room = MAX_EMBEDDED_CHARS

    def take(found: re.Match[str]) -> str:
        nonlocal room
        room -= len(found[0])
        if room < 0:
            return ""
        findings.embedded.append("".join(found[0].split()))
        return f"yzembedded:{len(findings.embedded) - 1}:"

    whole = _FORMATTING_TAG.sub(_as_span, _EMBEDDED.sub(take, markup))
    beyond = next(islice(_COUNTED_TAG.finditer(whole), MAX_TAGS, None), None)
    end = min(MAX_HTML_CHARS, beyond.start() if beyond else len(whole))
    if end == len(whole):
        return whole, False
    return whole[: whole.rfind(">", 0, end) + 1 or end], True


def _as_span(found: re.Match[str]) -> str:
    """No quotes are written: a tag that only looks like one stands inside somebody's attribute."""
    closing, name, attributes = found.groups()
    if closing:
        return "</span"
    look = f"<span class=yz-{name.lower()}"
    font = dict(_FONT_ATTRIBUTE.findall(attributes)) if name.lower() == "font" else {}
    styles = [f"{'color' if key.lower() == 'color' else 'font-size'}:{value}" for key, value in _looks(font)]
    given = f" style={';'.join(styles)}" if styles and "style" not in attributes.lower() else ""
    return f"{look}{given}{attributes}"


def _looks(font: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in font.items():
        if key.lower() == "color":
            yield key, value
        elif value in _FONT_SIZES:
            yield key, _FONT_SIZES[value]


def _formatted(found: re.Match[str]) -> str:
    """The span of a formatting element with that element's look before its own style."""
    name, attributes = found.groups()
    own = re.search(r'\sstyle="([^"]*)"', attributes)
    style = ";".join(filter(None, (_FORMATTING[name], own[1] if own else "")))
    rest = attributes.replace(own[0], "") if own else attributes
    return f'<span style="{style}"{rest}>' if style else f"<span{rest}>"


def _outside(text: str, start: str, end: str) -> Iterator[str]:
    """The pieces of text that stand outside of these marks; from an unclosed mark on, all stays."""
    at = 0
    while (opened := text.find(start, at)) >= 0 and (closed := text.find(end, opened + len(start))) >= 0:
        yield text[at:opened]
        at = closed + len(end)
    yield text[at:]


def _sanitise(markup: str, findings: _Findings) -> str:
    def judge(tag: str, name: str, value: str) -> str | None:
        if name == "background":
            if _REMOTE.match(value.strip()):
                findings.block(BlockedImage(_host(value.strip()), None, None))
            return None
        if name in _COLOURED or (name == "style" and _COLOUR_STYLE.search(value)):
            findings.sets_colours = True
        return _fit_style(value, findings) if name == "style" else value

    return nh3.clean(
        markup,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=judge,
        filter_style_properties=_STYLES,
        url_schemes={"http", "https", "mailto", "tel", "cid", "yzembedded"},
        url_relative=_remote_without_scheme,
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        allowed_classes={"span": {f"yz-{name}" for name in _FORMATTING}},
    )


def _remote_without_scheme(address: str) -> str | None:
    """`//host/path` is somebody's server; other relative addresses lead nowhere from a message."""
    return f"https:{address.strip()}" if address.strip().startswith("//") else None


def _fit_style(value: str, findings: _Findings) -> str | None:
    """The declarations that load nothing and hide nothing; nh3 keeps of them the properties that it was given."""
    value = _CSS_COMMENT.sub(" ", value)
    for address in _STYLE_URL.findall(value):
        findings.block(BlockedImage(_host(address), None, None))
    kept = [each for each in value.split(";") if ":" in each and not _UNFIT_STYLE.search(each)]
    return ";".join(kept) or None


def _image(attributes: str, findings: _Findings, looks: _Looks) -> str:
    """The picture again: from the message itself or from what was fetched, or words in its place."""
    given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    address = given.get("src", "").strip()
    if _REMOTE.match(address):
        return _remote(address, given, findings, looks)
    own = _own_address(address, findings, looks.own)
    return _shown(own, given) if own else escape(given.get("alt", ""))


def _remote(address: str, given: dict[str, str], findings: _Findings, looks: _Looks) -> str:
    style = given.get("style", "")
    width, height = (_pixels(given.get(name), style, name) for name in ("width", "height"))
    image = BlockedImage(_host(address), width, height)
    own = None if image.is_pixel else looks.fetched(address)
    if own:
        return _shown(own, given)
    findings.block(image)
    return "" if image.is_pixel else _placeholder(image, looks.blocked_words(image), given.get("alt", ""))


def _shown(own: str, given: dict[str, str]) -> str:
    given |= {"src": own, "alt": given.get("alt", "")}
    kept = [name for name in ("src", "alt", "title", "width", "height", "align", "style") if name in given]
    return "<img " + " ".join(f'{name}="{escape(given[name])}"' for name in kept) + ">"


def _own_address(address: str, findings: _Findings, image_address: ImageAddress) -> str | None:
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "cid":
        return image_address(rest.strip("<> "))
    number = rest.strip(":")
    if scheme == "yzembedded" and number.isdecimal() and int(number[:9]) < len(findings.embedded):
        return findings.embedded[int(number[:9])]
    return None


def _placeholder(image: BlockedImage, words: str, alt: str) -> str:
    """A box that keeps the picture's size as far as a page has room."""
    size = "".join(
        f"{name}:{pixels}px;" for name, pixels in (("width", image.width), ("min-height", image.height)) if pixels
    )
    return f'<span class="yz-blocked" style="{size}" title="{escape(alt)}">{escape(words)}</span>'


def _pixels(value: str | None, style: str, name: str) -> int | None:
    """The number of pixels that an attribute or else a style gives, at most 2000."""
    found = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", value or "")
    found = found or re.search(rf"(?:^|;)\s*{name}\s*:\s*(\d{{1,5}})(?:\.\d+)?px", style)
    return min(int(found[1]), 2000) if found else None


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:255]
    except ValueError:  # brackets that are no IPv6 address
        return ""
