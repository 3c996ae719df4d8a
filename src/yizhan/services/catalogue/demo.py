"""What a demo's home shows in place of the real thing."""

from yizhan.providers.entries import Provider
from yizhan.services.egress.detour import read_detour
from yizhan.store.home import home


def sandbox_url() -> str | None:
    """The index of the sandbox's pages; None where this home is no demo's."""
    detour = read_detour(home())
    return detour.url if detour else None


def security_url(provider: Provider) -> str | None:
    """Where the provider's secret is made: at its own page, in a demo at the sandbox's."""
    detour = read_detour(home())
    return (detour.security_urls.get(provider.id) if detour else None) or provider.secret.url or None
