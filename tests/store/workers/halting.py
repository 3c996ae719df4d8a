"""Open a transaction, write in it, say so, and wait to be killed."""

import time

import tests.store  # noqa: F401  (sets Django up)
from yizhan.store import changes, lane
from yizhan.store.scope import scope_of_home

with lane.transaction(durable=True):
    changes.record(scope_of_home().workspace_id, "half")
    print("writing", flush=True)
    time.sleep(60)
