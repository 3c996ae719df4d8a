"""`yizhan serve --demo`: the sandbox beside Yizhan, and the detour that takes a demo's accounts to it."""

from dataclasses import dataclass, replace

from yizhan.base.errors import YizhanError
from yizhan.runtime.environment import Environment
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import Detour, read_detour, write_detour
from yizhan.store import accounts


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
    """Start the sandbox and turn this home into a demo's; needs Django set up.  Raises `HomeInUse`."""
    sandbox = Sandbox()
    try:
        _refuse_real_accounts(environment, sandbox.routes)
        detour = Detour(sandbox.ca_pem, sandbox.routes, sandbox.url, sandbox.security_urls)
        write_detour(environment.home, detour)
    except BaseException:
        sandbox.stop()
        raise
    lines = [
        f"Demo: pretend providers with accounts to try are at {sandbox.url}",
        "mail.ru, yandex.ru, gmail.com, 163.com, qq.com, outlook.com and demo.test lead there and nowhere else.",
    ]
    return Demo(lines, sandbox.security_urls, environment, sandbox)


def _refuse_real_accounts(environment: Environment, routes: dict[str, int]) -> None:
    """A home that was no demo's so far must have no account that the detour would take away."""
    if read_detour(environment.home) is not None:
        return
    hosts = {route.rpartition(":")[0] for route in routes}
    taken = [
        account.address for account in accounts.list_for_engine() if {account.imap_host, account.smtp_host} & hosts
    ]
    if taken:
        raise HomeInUse(
            f"{environment.home} has real accounts, {taken[0]} for one, that a demo would lead astray; "
            "give the demo a folder of its own: YIZHAN_HOME=~/yizhan-demo yizhan serve --demo"
        )
