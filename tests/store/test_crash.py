import random
import signal
import time

from tests.store.databases import Home
from tests.store.making import bind
from tests.store.running import read_line, start_worker
from yizhan.store import accounts, blobs, changes
from yizhan.store.checks import inconsistencies
from yizhan.store.scope import scope_of_home

KILLS, PROCESSES = 2, 2


def test_killed_at_any_moment_the_data_are_whole_and_work_goes_on(home: Home) -> None:
    dice = random.Random(7)
    for kill in range(KILLS):
        workers = [start_worker(home, "living", f"w{kill}{number}") for number in range(PROCESSES)]
        assert [read_line(worker) for worker in workers] == ["ready"] * PROCESSES
        for worker in workers:
            time.sleep(0.1 + dice.random() / 3)
            worker.send_signal(signal.SIGKILL)
            said = worker.communicate()
            assert worker.returncode == -signal.SIGKILL, said
        began = time.monotonic()
        bind(scope_of_home(), f"after-{kill}@example.com")
        assert time.monotonic() - began < 2.0
        assert inconsistencies() == []
    assert changes.latest(scope_of_home()) > KILLS * 3
    for account in accounts.list_all(scope_of_home()):
        accounts.delete(scope_of_home(), account.pk)
    blobs.collect_unheld(grace=0)
    blobs.collect_strays(grace=-1)
    assert [path for path in (home.path / "blobs").rglob("*") if path.is_file()] == []
