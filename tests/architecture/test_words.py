"""One concept, one word: the words that the glossary sets aside name nothing of ours."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.exceptions import excused, unexcused
from tests.architecture.tree import REPOSITORY, Module, classes, modules, plant, source

# "utils" and their like say nothing; whatever is put there belongs to a noun.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "handler", "handlers"}
EMPTY_NAMES |= {"info", "tools", "stuff", "core", "lib"}

# The glossary's "not" column, each with the word to use.  Left out are words that also have a right use of their own
# (mailbox, login, connection, version, check, return), where only a reader can tell.
SET_ASIDE = {
    "member": "user",
    "tenant": "workspace",
    "email": "address, message or account",
    "mail": "message",
    "alias": "address or identity",
    "vendor": "provider",
    "registration": "binding",
    "folder": "mailbox",
    "label": "mailbox, flag or keyword",
    "conversation": "thread",
    "proxy": "node",
    "job": "submission or attempt",
    "task": "submission or attempt",
    "contact": "recipient",
    "blacklist": "suppression",
    "tip": "remedy",
    "hack": "quirk",
    "mock": "persona",
    "fixture": "transcript",
    "action": "step",
    "diff": "plan",
    "event": "change (event is kept for imap)",
    "lock": "lease",
}
_PAIRS = {"auth code": "credential", "imap id": "uid", "error info": "diagnosis", "pending op": "intent"}
_EVENT_FLOORS = ("src/yizhan/imap/", "src/yizhan/sandbox/")


def empty_names(root: Path) -> Iterator[str]:
    """Modules and packages whose name says nothing."""
    for module in [*source(root), *modules(root, "tests", "bench")]:
        bad = sorted(EMPTY_NAMES & set(module.name.split(".")[1:]))
        if bad:
            yield f"{module.where}: the name {bad[0]!r} says nothing"


def set_aside(root: Path) -> Iterator[str]:
    """Classes, tables and columns named with a word that the glossary sets aside."""
    for module in source(root):
        for node in classes(module):
            yield from _judge(module, node.name, node.name)
            for column in _columns(node):
                yield from _judge(module, f"{node.name}.{column}", column)
            yield from (line for table in _tables(node) for line in _judge(module, f"{node.name}.db_table", table))


def _judge(module: Module, key: str, name: str) -> Iterator[str]:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
    if not module.where.startswith(_EVENT_FLOORS):
        found = {word: SET_ASIDE[word] for word in words if word in SET_ASIDE}
    else:
        found = {word: SET_ASIDE[word] for word in words if word in SET_ASIDE and word != "event"}
    spoken = " ".join(words)
    found = {word: right for word, right in found.items() if word != "mail" or "mail from" not in spoken}  # RFC 5321
    found |= {pair: right for pair, right in _PAIRS.items() if pair in spoken}
    for word, right in found.items():
        yield f"{module.where}::{key}: we do not say {word!r} but {right}"


def _columns(node: ast.ClassDef) -> Iterator[str]:
    """What a Django model keeps: names bound to `...Field(...)` or a key."""
    for statement in node.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
        value = getattr(statement, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Call):
            maker = ast.unparse(value.func)
            if maker.startswith("models.") or maker.endswith(("Field", "ForeignKey")):
                yield target.id


def _tables(node: ast.ClassDef) -> Iterator[str]:
    """The table that a `Meta` names, if it does."""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "db_table":
            yield str(ast.literal_eval(statement.value))


def test_every_module_is_named_for_what_it_holds() -> None:
    assert list(empty_names(REPOSITORY)) == []


def test_our_names_use_the_words_of_the_glossary() -> None:
    assert unexcused(set_aside(REPOSITORY), excused("words")) == []


def test_an_empty_name_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {"src/yizhan/net/utils.py": "", "src/yizhan/helpers/a.py": "", "tests/common.py": ""})
    assert list(empty_names(tmp_path)) == [
        "src/yizhan/helpers/a.py: the name 'helpers' says nothing",
        "src/yizhan/net/utils.py: the name 'utils' says nothing",
        "tests/common.py: the name 'common' says nothing",
    ]


MODEL = """
class SendJob(models.Model):
    folder_name: models.TextField = models.TextField()
    state = CharField()
    auth_code = models.BinaryField()
    class Meta:
        db_table = "store_contact"
class MailEvent: ...
"""


def test_a_word_set_aside_is_named_with_the_right_one(tmp_path: Path) -> None:
    plant(tmp_path, {"src/yizhan/store/models/a.py": MODEL, "src/yizhan/imap/events.py": "class ExistsEvent: ..."})
    assert [line.split("::")[1] for line in set_aside(tmp_path)] == [
        "SendJob: we do not say 'job' but submission or attempt",
        "SendJob.folder_name: we do not say 'folder' but mailbox",
        "SendJob.auth_code: we do not say 'auth code' but credential",
        "MailEvent: we do not say 'mail' but message",
        "MailEvent: we do not say 'event' but change (event is kept for imap)",
        "Meta.db_table: we do not say 'contact' but recipient",
    ]
