"""Do all that changes the store, over and over, until killed: `living NAME`."""

import itertools
import sys

import tests.store  # noqa: F401  (sets Django up)
from tests.store.making import NOON, VALIDITY, bind, facts, open_inbox, take_lease
from yizhan.base.secret import Secret
from yizhan.store import accounts, blobs, messages, requests, submissions
from yizhan.store.scope import Scope, scope_of_home


def live(scope: Scope, name: str) -> None:
    account = bind(scope, f"{name}@example.com")
    lease = take_lease(account, sys.argv[1])
    inbox = open_inbox(account, lease, uid_next=1, messages=0, unseen=0)
    messages.upsert_batch(inbox.pk, VALIDITY, [facts(uid) for uid in range(1, 40)], lease)
    for row in messages.list_newest(scope, limit=3):
        messages.attach_blob(row.pk, blobs.put(f"{row.subject} {row.pk % 2}".encode()).pk)
    blob = blobs.put(name.encode())
    submission = submissions.create(
        scope,
        account.pk,
        state="queued",
        subject=name,
        message_id=f"<{name}>",
        mail_from=account.address,
        recipients=[("b@example.com", "to")],
        blob=blob,
        created_at=NOON,
    )
    submissions.move(submission.pk, "queued", "sending")
    messages.remove_uids(inbox.pk, VALIDITY, range(1, 5), lease)
    request = requests.leave(scope, "check", account.pk, {}, Secret("passing"))
    requests.settle(request.pk, True, {})
    blobs.collect_unheld(grace=5)  # what another process has put and not named yet stays
    accounts.delete(scope, account.pk)


def main() -> None:
    scope = scope_of_home()
    print("ready", flush=True)
    for number in itertools.count():
        live(scope, f"{sys.argv[1]}-{number}")


if __name__ == "__main__":
    main()
