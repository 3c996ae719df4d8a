"""What a demo's home shows in place of the real thing."""

from yizhan.providers.entries import Provider
from yizhan.services.egress.detour import read_detour
from yizhan.store.home import home


def sandbox_url() -> str | None:
    """The index of the sandbox's pages; None where no demo runs."""
    detour = read_detour(home())
    return detour.url if detour and detour.is_running else None


def security_url(provider: Provider) -> str | None:
    """Where the provider's secret is made: at its own page, in a demo at the sandbox's."""
    detour = read_detour(home())
    running = detour if detour and detour.is_running else None
    return (running.security_urls.get(provider.id) if running else None) or provider.secret.url or None
