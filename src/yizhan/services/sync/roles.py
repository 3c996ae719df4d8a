"""Which mailbox plays which part: what the server declares, else the names that servers and people give.  Pure."""

from collections.abc import Sequence

from yizhan.imap.types import Listed

# RFC 6154 §2 and its elder XLIST, which says \Spam, \AllMail and \Inbox.
_DECLARED = {
    "\\inbox": "inbox",
    "\\sent": "sent",
    "\\drafts": "drafts",
    "\\junk": "junk",
    "\\spam": "junk",
    "\\trash": "trash",
    "\\archive": "archive",
    "\\all": "all",
    "\\allmail": "all",
}

# Decoded, in lower case; the better known a name, the further in front.  `&XfJT0ZABkK5O9g-`, which public tables give
# for deleted messages, is 已发送邮件, and deleting there would empty Sent.
NAMES: dict[str, tuple[str, ...]] = {
    "sent": (
        *("sent", "sent messages", "sent items", "sent mail", "sent-mail", "sent objects", "outbox.sent"),
        *("已发送", "已发送邮件", "已发邮件", "发件箱", "已傳送", "寄件備份", "寄件匣"),
        *("отправленные", "исходящие", "надіслані", "gesendet", "gesendete objekte", "gesendete elemente"),
        *("envoyés", "éléments envoyés", "messages envoyés", "enviados", "elementos enviados", "itens enviados"),
        *("posta inviata", "inviati", "inviata", "verzonden", "verzonden items", "wysłane", "odeslané", "skickat"),
        *("送信済み", "送信済みメール", "送信済みアイテム", "보낸메일함", "보낸 편지함", "보낸편지함"),
    ),
    "drafts": (
        *(
            "drafts",
            "draft",
            "草稿箱",
            "草稿",
            "草稿夹",
            "черновики",
            "чернетки",
            "entwürfe",
            "brouillons",
            "borradores",
        ),
        *("rascunhos", "bozze", "concepten", "wersje robocze", "robocze", "koncepty", "utkast"),
        *("下書き", "임시보관함", "임시 보관함"),
    ),
    "junk": (
        *("junk", "spam", "junk e-mail", "junk email", "junk mail", "bulk", "bulk mail", "[spam]"),
        *("垃圾邮件", "垃圾箱", "垃圾邮件箱", "垃圾郵件", "спам", "нежелательная почта", "спам-пошта", "werbung"),
        *("spamverdacht", "unerwünscht", "pourriel", "indésirables", "courrier indésirable", "correo no deseado"),
        *("no deseado", "lixo eletrônico", "lixo eletrónico", "posta indesiderata", "ongewenste e-mail", "skräppost"),
        *("迷惑メール", "スパム", "스팸메일함", "스팸함", "정크 메일"),
    ),
    "trash": (
        *("trash", "deleted messages", "deleted items", "deleted", "deleted objects", "bin", "rubbish"),
        *("已删除", "已删除邮件", "垃圾桶", "废件箱", "回收站", "已刪除", "刪除的郵件", "垃圾桶"),
        *("корзина", "удаленные", "удалённые", "удаленные элементы", "кошик", "papierkorb", "gelöschte objekte"),
        *("gelöschte elemente", "gelöscht", "corbeille", "éléments supprimés", "papelera", "elementos eliminados"),
        *("lixeira", "itens excluídos", "cestino", "posta eliminata", "prullenbak", "verwijderde items", "kosz"),
        *("koš", "papperskorgen", "ゴミ箱", "ごみ箱", "削除済みアイテム", "휴지통", "지운 편지함"),
    ),
    "archive": (
        *("archive", "archives", "归档", "存档", "封存", "архив", "архів", "archiv", "archivio", "archivo", "arquivo"),
        *("archief", "archiwum", "arkiv", "アーカイブ", "보관함"),
    ),
    "all": ("all mail", "所有邮件", "вся почта", "alle nachrichten", "tous les messages", "todos", "tutti i messaggi"),
}
_BY_NAME = {name: (role, place) for role, names in NAMES.items() for place, name in enumerate(names)}


def assign_roles(listed: Sequence[Listed]) -> dict[str, str]:
    """The role of each mailbox that has one, by wire name; no role twice.

    What is declared goes before what is only named so, the better known name before the other, the shallower mailbox
    before the deeper.
    """
    claims: list[tuple[int, int, int, str, str]] = []
    for at, each in enumerate(listed):
        depth = each.name.count(each.delimiter) if each.delimiter else 0
        for attribute in each.attributes & _DECLARED.keys():
            claims.append((0, depth, at, _DECLARED[attribute], each.wire_name))
        if each.name.upper() == "INBOX":
            claims.append((-1, 0, at, "inbox", each.wire_name))
        named = _BY_NAME.get(_last_word(each))
        if named is not None and not each.attributes & {"\\noselect", "\\nonexistent"}:
            claims.append((1 + named[1], depth, at, named[0], each.wire_name))
    roles: dict[str, str] = {}
    for _, _, _, role, wire_name in sorted(claims):
        if wire_name not in roles and role not in roles.values():
            roles[wire_name] = role
    return roles


def _last_word(each: Listed) -> str:
    """The name under INBOX or a provider's own root such as [Gmail]; deeper ones are a person's own."""
    parts = each.name.split(each.delimiter) if each.delimiter else [each.name]
    if len(parts) == 2 and (parts[0].upper() == "INBOX" or parts[0].startswith("[")):
        parts = parts[1:]
    return parts[0].strip().casefold() if len(parts) == 1 else ""
