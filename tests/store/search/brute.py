"""Whether a term stands in a text, by walking along it: no index, no pattern."""

from dataclasses import dataclass

from yizhan.store.search.analyzer import fold


@dataclass(frozen=True, slots=True)
class Atom:
    """A word, or one character of a script without spaces; `glued` when it follows another such at once."""

    text: str
    cjk: bool
    glued: bool


def is_cjk(character: str) -> bool:
    blocks = ("\u3040\u30ff", "\u3400\u4dbf", "\u4e00\u9fff", "\uac00\ud7af", "\uf900\ufaff", "\U00020000\U0003ffff")
    return any(first <= character <= last for first, last in blocks)


def atoms(text: str) -> list[Atom]:
    found: list[Atom] = []
    before = ""
    for character in fold(text):
        kind = "cjk" if is_cjk(character) else "letter" if character.isalnum() else "mark"
        if kind == "cjk":
            found.append(Atom(character, True, before == "cjk"))
        elif kind == "letter" and before == "letter":
            found[-1] = Atom(found[-1].text + character, False, False)
        elif kind == "letter":
            found.append(Atom(character, False, False))
        before = kind
    return found


def stands_in(typed: str, phrase: bool, text: str) -> bool:
    wanted, have = atoms(typed), atoms(text)
    places = range(len(have) - len(wanted) + 1)
    return any(all(fits(wanted, at, have[place + at], phrase) for at in range(len(wanted))) for place in places)


def fits(wanted: list[Atom], at: int, have: Atom, phrase: bool) -> bool:
    atom = wanted[at]
    if atom.glued and not have.glued:
        return False
    if at == len(wanted) - 1 and not phrase and not atom.cjk:
        return not have.cjk and have.text.startswith(atom.text)
    return atom.text == have.text
