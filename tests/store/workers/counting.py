"""Read, then write, as fast as the lane lets us: `counting SECONDS THREADS`; prints what each thread got done."""

import json
import sys
import threading
import time

from django.db import connections

import tests.store  # noqa: F401  (sets Django up)
from yizhan.store import changes, lane
from yizhan.store.models import SetupLink
from yizhan.store.scope import scope_of_home

Result = dict[str, object]


def count(seconds: float, result: Result) -> None:
    scope, until = scope_of_home(), time.monotonic() + seconds
    waits, errors, rounds = [0.0], [], 0
    while time.monotonic() < until:
        asked = time.monotonic()
        try:
            with lane.transaction():
                waits.append(time.monotonic() - asked)
                changes.record(scope.workspace_id, "counted", payload={"before": changes.latest(scope)})
            SetupLink.objects.create(token_hash=f"{threading.get_native_id()}.{rounds}", expires_at="2026-11-23T00:00Z")
            rounds += 1
        except Exception as error:
            errors.append(repr(error))
    connections.close_all()
    result.update(rounds=rounds, errors=errors, longest_wait=max(waits))


def main() -> None:
    results: list[Result] = [{} for _ in range(int(sys.argv[2]))]
    threads = [threading.Thread(target=count, args=(float(sys.argv[1]), result)) for result in results]
    print("ready", flush=True)
    sys.stdin.readline()  # all processes start together
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(results))


if __name__ == "__main__":
    main()
