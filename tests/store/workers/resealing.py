"""Replace and read secrets until told to stop: `resealing ACCOUNT_ID...`; prints how often and the last of each."""

import json
import sys
import threading

import tests.store  # noqa: F401  (sets Django up)
from yizhan.base.secret import Secret
from yizhan.store import accounts, requests
from yizhan.store.scope import scope_of_home


def main() -> None:
    ids, stop = [int(word) for word in sys.argv[1:]], threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
    scope, rounds, last = scope_of_home(), 0, {}
    print("ready", flush=True)
    while not stop.is_set() or rounds < 2:
        rounds += 1
        for account_id in ids:
            value = f"secret {account_id} {rounds}"
            accounts.replace_secret(account_id, Secret(value))
            assert accounts.secret_of(account_id) == Secret(value)
            last[account_id] = value
        request = requests.leave(scope, "bind", None, {}, Secret("passing"))
        assert requests.secret_of(request) == Secret("passing")
        requests.settle(request.pk, True, {})
    print(json.dumps({"rounds": rounds, "last": last}))


if __name__ == "__main__":
    main()
