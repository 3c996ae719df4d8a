"""`yizhan serve --demo`: the sandbox beside Yizhan, and the detour that takes a demo's accounts to it."""

from dataclasses import dataclass

from yizhan.runtime.environment import Environment
from yizhan.sandbox.running import Sandbox
from yizhan.services.egress.detour import Detour, end_detour, write_detour


@dataclass(frozen=True, slots=True)
class Demo:
    """A sandbox that runs in a thread of this process; `lines` are for the terminal."""

    lines: list[str]
    security_urls: dict[str, str]
    environment: Environment
    sandbox: Sandbox

    def stop(self) -> None:
        """End it; its accounts are refused from now on, and never tried at a real provider."""
        self.sandbox.stop()
        end_detour(self.environment.home)


def start(environment: Environment) -> Demo:
    """Start the sandbox and turn this home into a demo's; needs no Django."""
    sandbox = Sandbox()
    try:
        detour = Detour(sandbox.ca_pem, sandbox.routes, sandbox.url, sandbox.security_urls)
        environment.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_detour(environment.home, detour)
    except BaseException:
        sandbox.stop()
        raise
    lines = [
        f"Demo: pretend providers with accounts to try are at {sandbox.url}",
        "New accounts at mail.ru, yandex.ru, gmail.com, 163.com, qq.com, outlook.com and demo.test lead there;",
        "for a real one choose the route “direct”, or start without --demo.",
    ]
    return Demo(lines, sandbox.security_urls, environment, sandbox)
