"""`yizhan serve --demo`: the sandbox beside Yizhan, and the detour that takes a demo's accounts to it."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace

from yizhan.base.errors import YizhanError
from yizhan.runtime.environment import Environment
from yizhan.runtime.home import HomeUnusable
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import Detour, read_detour, write_detour


class HomeInUse(YizhanError):
    """This home has accounts of real providers, which a demo would lead to the sandbox."""

    code = "home_in_use"


@dataclass(frozen=True, slots=True)
class Demo:
    """A sandbox that runs in a thread of this process; `lines` are for the terminal."""

    lines: list[str]
    security_urls: dict[str, str]
    environment: Environment
    sandbox: Sandbox

    def stop(self) -> None:
        """End it; the home stays a demo's, so its accounts are refused here and never tried at a real provider."""
        self.sandbox.stop()
        detour = read_detour(self.environment.home)
        if detour is not None:
            write_detour(self.environment.home, replace(detour, routes=dict.fromkeys(detour.routes, 0)))


def start(environment: Environment) -> Demo:
    """Start the sandbox and turn this home into a demo's; needs no Django.  Raises `HomeInUse` or `HomeUnusable`."""
    sandbox = Sandbox()
    try:
        if read_detour(environment.home) is None:
            _refuse_real_accounts(environment, {route.rpartition(":")[0] for route in sandbox.routes})
        detour = Detour(sandbox.ca_pem, sandbox.routes, sandbox.url, sandbox.security_urls)
        environment.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_detour(environment.home, detour)
    except BaseException:
        sandbox.stop()
        raise
    lines = [
        f"Demo: pretend providers with accounts to try are at {sandbox.url}",
        "mail.ru, yandex.ru, gmail.com, 163.com, qq.com, outlook.com and demo.test lead there and nowhere else.",
    ]
    return Demo(lines, sandbox.security_urls, environment, sandbox)


def _refuse_real_accounts(environment: Environment, hosts: set[str]) -> None:
    """A home that was no demo's so far must have no account that the detour would take away."""
    if environment.database_url is None and not environment.sqlite_path.exists():
        return
    command = [sys.executable, "-m", "yizhan.runtime.account_hosts"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own words only
    if done.returncode != 0:
        raise HomeUnusable(f"the accounts of {environment.home} cannot be read: {done.stderr.strip()[-300:]}")
    taken = [address for address, imap, smtp in json.loads(done.stdout) if {imap, smtp} & hosts]
    if taken:
        raise HomeInUse(
            f"{environment.home} has real accounts, {taken[0]} for one, that a demo would lead astray; "
            "give the demo a folder of its own: YIZHAN_HOME=~/yizhan-demo yizhan serve --demo"
        )
