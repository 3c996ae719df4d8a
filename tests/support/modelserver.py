"""An IMAP server small enough to be believed by reading it, spoken to in memory: what a sync does is tried against it.

`Server` is what there is, and what others do to it; `Talk` is one connection to it.  `Wire` carries the talk to our own
session, and may end it after any byte.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from yizhan.imap.numset import NumSet
from yizhan.net.errors import LineLost

FULL = frozenset({"ENABLE", "CONDSTORE", "QRESYNC", "ESEARCH", "LIST-EXTENDED", "LIST-STATUS", "OBJECTID"})

SIZE = 100  # of every letter
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class Letter:
    """One message; so many connections later it can be seen (`late`), or fetched though it was seen (`mute`)."""

    subject: str
    arrived: datetime
    flags: frozenset[str]
    mod_seq: int
    late: int = 0
    mute: int = 0
    bytes_id: str = "1"  # the same in every mailbox
    parts: str = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 100 3)'  # BODYSTRUCTURE


@dataclass(slots=True)
class Box:
    """One mailbox."""

    uid_validity: int
    object_id: str
    letters: dict[int, Letter] = field(default_factory=dict)
    uid_next: int = 1
    mod_seq: int = 1
    expunged: list[tuple[int, int]] = field(default_factory=list)  # (UID, mod-sequence)

    def next_mod_seq(self) -> int:
        self.mod_seq += 1
        return self.mod_seq


@dataclass(slots=True)
class Manners:
    """What this server can, and what it does wrong."""

    capabilities: frozenset[str] = FULL
    tells_uid_next: bool = True
    has_mod_seqs: bool = True  # NOMODSEQ otherwise
    ignores_keys: bool = False  # SEARCH finds everything, whatever is asked
    tells_of_expunges: bool = True  # at the end of each command by UID
    limit: int = 1_000_000  # messages that a command is about (RFC 9738); from the highest UID down
    says_zero: bool = False  # a UID of 0, which no message has, stands in every answer
    lies_of_limit: bool = False  # it says that it stopped before the first message
    refuses_parts: bool = False  # FETCH of BODYSTRUCTURE ends with NO after the first message


class Server:
    """All mailboxes; the methods are what other programs do."""

    def __init__(self, manners: Manners) -> None:
        self.manners = manners
        self.boxes: dict[str, Box] = {}
        self._made = 0
        self.create("INBOX")

    def create(self, name: str) -> None:
        if name not in self.boxes:
            self._made += 1
            self.boxes[name] = Box(100 + self._made, f"F{self._made}")

    def remove(self, name: str) -> None:
        if name != "INBOX":
            self.boxes.pop(name, None)

    def rename(self, name: str, other: str) -> None:
        if name != "INBOX" and name in self.boxes and other not in self.boxes:
            self.boxes[other] = self.boxes.pop(name)

    def deliver(self, name: str, arrived: datetime, flags: frozenset[str], late: int = 0, mute: int = 0) -> None:
        box = self.boxes.get(name)
        if box is not None:
            self._made += 1
            subject = f"letter {self._made}"
            letter = Letter(subject, arrived, flags, box.next_mod_seq(), late, mute, str(self._made))
            box.letters[box.uid_next] = letter
            box.uid_next += 1

    def copy(self, name: str, number: int, other: str) -> None:
        """The same bytes in another mailbox, as Gmail's labels are."""
        box, target = self.boxes[name], self.boxes[other]
        letter = box.letters[self._pick(box, number)]
        target.letters[target.uid_next] = replace(letter, mod_seq=target.next_mod_seq())
        target.uid_next += 1

    def mark(self, name: str, number: int, flags: frozenset[str]) -> None:
        box = self.boxes.get(name)
        if box is not None and box.letters:
            letter = box.letters[self._pick(box, number)]
            letter.flags, letter.mod_seq = flags, box.next_mod_seq()

    def expunge(self, name: str, number: int) -> None:
        box = self.boxes.get(name)
        if box is not None and box.letters:
            uid = self._pick(box, number)
            del box.letters[uid]
            if "QRESYNC" in self.manners.capabilities:  # without it nothing promises that the mod-sequence grows
                box.expunged.append((uid, box.next_mod_seq()))

    def renumber(self, name: str) -> None:
        """The mailbox is restored from a copy, with UIDs from 1 on: a lawful server changes UIDVALIDITY with it."""
        box = self.boxes.get(name)
        if box is not None:
            self._made += 1
            fresh = Box(100 + self._made, box.object_id)
            for letter in box.letters.values():
                fresh.letters[fresh.uid_next] = letter
                letter.mod_seq = fresh.next_mod_seq()
                fresh.uid_next += 1
            self.boxes[name] = fresh

    def renumber_unlawfully(self, name: str) -> None:
        """The same under the old UIDVALIDITY, and with fewer UIDs and mod-sequences than there were."""
        box = self.boxes.get(name)
        if box is not None and box.uid_next > len(box.letters) + 1:
            validity = box.uid_validity
            self.renumber(name)
            self.boxes[name].uid_validity = validity

    def pass_time(self) -> None:
        """What was late or mute is so for one connection less."""
        for box in self.boxes.values():
            for letter in box.letters.values():
                if letter.late == 1:
                    letter.mod_seq = box.next_mod_seq()
                letter.late, letter.mute = max(0, letter.late - 1), max(0, letter.mute - 1)

    @staticmethod
    def _pick(box: Box, number: int) -> int:
        return sorted(box.letters)[number % len(box.letters)]


class Talk:
    """One connection: bytes in, bytes out."""

    def __init__(self, server: Server, meanwhile: dict[int, Callable[[], None]] | None = None) -> None:
        self.server = server
        self.commands: list[str] = []
        self.lines: list[str] = []  # the dialogue, as a transcript has it
        self._meanwhile = meanwhile or {}  # what others do before the command of that number
        self._box: Box | None = None
        self._seen: list[int] = []
        self._qresync = False
        self._lines: list[str] = []

    def greet(self) -> bytes:
        self.server.pass_time()
        words = " ".join(sorted(self.server.manners.capabilities))
        return self._say(f"* PREAUTH [CAPABILITY IMAP4rev1 {words}] model ready")

    def answer(self, line: str) -> bytes:
        tag, _, rest = line.partition(" ")
        self.commands.append(rest)
        self.lines.append(f"C: {line}")
        act = self._meanwhile.pop(len(self.commands), None)
        if act is not None:
            act()
        verb = rest.removeprefix("UID ").partition(" ")[0].lower()
        self._lines = []
        status = getattr(self, f"_do_{verb}")(rest)
        return self._say(*self._lines, f"{tag} {status}")

    def _say(self, *lines: str) -> bytes:
        self.lines += [f"S: {line}" for each in lines for line in each.split("\r\n")]
        return "".join(f"{each}\r\n" for each in lines).encode()

    def _do_enable(self, rest: str) -> str:
        self._qresync = "QRESYNC" in rest
        self._lines.append("* ENABLED QRESYNC")
        return "OK done"

    def _do_noop(self, rest: str) -> str:
        return "OK done"

    def _do_logout(self, rest: str) -> str:
        self._lines.append("* BYE gone")
        return "OK done"

    def _do_list(self, rest: str) -> str:
        items = re.search(r"STATUS \(([^)]*)\)", rest)
        for name, box in self.server.boxes.items():
            subscribed = "\\Subscribed" if "LIST-EXTENDED" in self.server.manners.capabilities else ""
            self._lines.append(f'* LIST ({subscribed}) "/" {name}')
            if items is not None:
                self._lines.append(self._status(name, box, items[1].split()))
        return "OK done"

    def _do_lsub(self, rest: str) -> str:
        self._lines += [f'* LSUB () "/" {name}' for name in self.server.boxes]
        return "OK done"

    def _do_status(self, rest: str) -> str:
        found = re.fullmatch(r'STATUS "?([^" ]+)"? \((.*)\)', rest)
        assert found is not None, rest
        box = self.server.boxes.get(found[1])
        if box is None:
            return "NO [NONEXISTENT] no such mailbox"
        self._lines.append(self._status(found[1], box, found[2].split()))
        return "OK done"

    def _status(self, name: str, box: Box, items: list[str]) -> str:
        seen = [letter for letter in box.letters.values() if not letter.late]
        told = {
            "MESSAGES": len(seen),
            "UIDVALIDITY": box.uid_validity,
            "UNSEEN": sum("\\Seen" not in letter.flags for letter in seen),
            **({"UIDNEXT": box.uid_next} if self.server.manners.tells_uid_next else {}),
            "HIGHESTMODSEQ": box.mod_seq if self.server.manners.has_mod_seqs else 0,
        }
        pairs = " ".join(f"{item} {told[item]}" for item in items if item in told)
        return f"* STATUS {name} ({pairs})"

    def _do_examine(self, rest: str) -> str:
        found = re.fullmatch(r'EXAMINE "?([^" ]+)"?(?: \((CONDSTORE|QRESYNC \((\d+) (\d+)\))\))?', rest)
        assert found is not None, rest
        box = self._box = self.server.boxes.get(found[1])
        if box is None:
            return "NO [NONEXISTENT] no such mailbox"
        self._seen = self._visible()
        self._lines += [
            "* FLAGS (\\Seen)",
            f"* {len(self._seen)} EXISTS",
            f"* OK [UIDVALIDITY {box.uid_validity}] told",
        ]
        if self.server.manners.tells_uid_next:
            self._lines.append(f"* OK [UIDNEXT {box.uid_next}] told")
        if "CONDSTORE" in self.server.manners.capabilities:
            known = f"HIGHESTMODSEQ {box.mod_seq}" if self.server.manners.has_mod_seqs else "NOMODSEQ"
            self._lines.append(f"* OK [{known}] told")
        if "OBJECTID" in self.server.manners.capabilities:
            self._lines.append(f"* OK [MAILBOXID ({box.object_id})] told")
        if found[3] is not None and self.server.manners.has_mod_seqs and int(found[3]) == box.uid_validity:
            self._tell_since(box, int(found[4]))
        return "OK [READ-ONLY] opened"

    def _tell_since(self, box: Box, mod_seq: int) -> None:
        gone = NumSet.of(uid for uid, when in box.expunged if when > mod_seq)
        if gone:
            self._lines.append(f"* VANISHED (EARLIER) {gone}")
        self._tell_changed(box, NumSet.of(self._seen), mod_seq)

    def _tell_changed(self, box: Box, among: NumSet, mod_seq: int) -> None:
        if self.server.manners.says_zero:
            self._lines.append("* 1 FETCH (UID 0 FLAGS (\\Seen) MODSEQ (1))")
        for number, uid in enumerate(self._seen, 1):
            letter = box.letters.get(uid)
            if letter is not None and uid in among and letter.mod_seq > mod_seq:
                flags = " ".join(sorted(letter.flags))
                self._lines.append(f"* {number} FETCH (UID {uid} FLAGS ({flags}) MODSEQ ({letter.mod_seq}))")

    def _do_search(self, rest: str) -> str:
        box = self._opened()
        scope = [uid for number, uid in enumerate(self._seen, 1) if self._is_named(box, number, uid, rest)]
        done, code = self._within(scope)
        found = [uid for uid in done if self._fits(box, uid, rest)]
        last = re.search(r"PARTIAL -1:-(\d+)", rest)
        if last is not None:
            places = NumSet.of(found[-int(last[1]) :])
            self._lines.append(f"* ESEARCH UID PARTIAL (-1:-{last[1]} {str(places) or 'NIL'})")
        elif "RETURN" in rest:
            tag = "" if not found else f" ALL {NumSet.of(found)}"
            self._lines.append(f"* ESEARCH UID{tag}")
        else:
            zero = [0] if self.server.manners.says_zero else []
            self._lines.append(" ".join(["* SEARCH", *map(str, [*zero, *found])]))
        self._tell_news(box)
        return f"OK {code}done"

    def _is_named(self, box: Box, number: int, uid: int, rest: str) -> bool:
        if uid not in box.letters or self.server.manners.ignores_keys:
            return uid in box.letters
        sets = re.findall(r" UID ([\d:*,]+)", rest)
        numbers = re.search(r"(?:SEARCH|\)) ([\d:*]+)(?: |$)", rest)
        return all(uid in NumSet.parse(each.encode()) for each in sets) and (
            numbers is None or number in NumSet.parse(numbers[1].encode())
        )

    def _fits(self, box: Box, uid: int, rest: str) -> bool:
        since = re.search(r"SINCE (\S+)", rest)
        if since is None or self.server.manners.ignores_keys:
            return True
        return box.letters[uid].arrived.date() >= _day(since[1])

    def _within(self, uids: list[int]) -> tuple[list[int], str]:
        """Those that the limit lets be dealt with, and the code that says so."""
        limit = self.server.manners.limit
        done = uids[-limit:]
        lowest = uids[-1] + 1 if self.server.manners.lies_of_limit else done[0] if done else 0
        return done, f"[MESSAGELIMIT {limit} {lowest}] " if len(done) < len(uids) else ""

    def _do_fetch(self, rest: str) -> str:
        found = re.fullmatch(r"UID FETCH (\S+) \((.*?)\)(?: \(CHANGEDSINCE (\d+)\))?", rest)
        assert found is not None, rest
        box, among = self._opened(), NumSet.parse(found[1].encode())
        if self.server.manners.says_zero:
            self._lines.append(f"* 1 FETCH ({_described(0, Letter('none', NOON, frozenset(), 0), found[2])})")
        named = [uid for uid in self._seen if uid in among and uid in box.letters]
        done, code = self._within(named)
        if found[3] is not None:
            self._tell_changed(box, NumSet.of(done), int(found[3]))
        else:
            told = [
                f"* {number} FETCH ({_described(uid, box.letters[uid], found[2])})"
                for number, uid in enumerate(self._seen, 1)
                if uid in done and not box.letters[uid].mute
            ]
            if self.server.manners.refuses_parts and "BODYSTRUCTURE" in found[2]:
                self._lines += told[:1]
                return "NO a message cannot be taken apart"
            self._lines += told
        self._tell_news(box)
        return f"OK {code}done"

    def _opened(self) -> Box:
        assert self._box is not None
        return self._box

    def _visible(self) -> list[int]:
        return sorted(uid for uid, letter in self._opened().letters.items() if not letter.late)

    def _tell_news(self, box: Box) -> None:
        """What others did meanwhile (RFC 9051 §7.5.1, RFC 7162 §3.2.10)."""
        if not self.server.manners.tells_of_expunges:
            return
        gone = [uid for uid in self._seen if uid not in box.letters]
        if gone and self._qresync:
            self._lines.append(f"* VANISHED {NumSet.of(gone)}")
        elif gone:
            self._lines += [f"* {self._seen.index(uid) + 1} EXPUNGE" for uid in reversed(gone)]
        new = [uid for uid in self._visible() if uid > max(self._seen, default=0)]
        self._seen = [uid for uid in self._seen if uid in box.letters] + new
        if new:
            self._lines.append(f"* {len(self._seen)} EXISTS")


class Wire:
    """What our session takes for a stream; `cut_after` bytes from the server the line is lost."""

    peer = "127.0.0.1"
    is_tls = True

    def __init__(self, talk: Talk, cut_after: int | None = None) -> None:
        self._talk = talk
        self._left = cut_after
        self._heard = b""
        self._said = talk.greet()

    async def write(self, data: bytes) -> None:
        self._heard += data
        *lines, self._heard = self._heard.split(b"\r\n")
        for line in lines:
            self._said += self._talk.answer(line.decode("ascii"))

    async def read(self) -> bytes:
        data, self._said = self._said[: self._left], b""
        if self._left is not None:
            self._left -= len(data)
        if not data:
            raise LineLost("the line was cut")
        return data

    async def close(self) -> None:
        self._left = 0


def _described(uid: int, letter: Letter, items: str) -> str:
    body = f"Subject: {letter.subject}\r\n\r\n".ljust(SIZE, ".")
    envelope = f'("{letter.arrived:%a, %d %b %Y %H:%M:%S +0000}" "{letter.subject}" NIL NIL NIL NIL NIL NIL NIL NIL)'
    told = {
        "FLAGS": f"({' '.join(sorted(letter.flags))})",
        "INTERNALDATE": f'"{letter.arrived:%d-%b-%Y %H:%M:%S +0000}"',
        "RFC822.SIZE": str(SIZE),
        "ENVELOPE": envelope,
        "BODYSTRUCTURE": letter.parts,
        "EMAILID": f"(M{letter.bytes_id})",
        "X-GM-MSGID": letter.bytes_id,
        "BODY.PEEK[]": f"{{{len(body)}}}\r\n{body}",
    }
    named = [(item.replace(".PEEK", ""), told[item]) for item in items.split() if item in told]
    return " ".join([f"UID {uid}", *(f"{name} {value}" for name, value in named)])


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()
