"""The last resort: what most domains do.  Only encrypted ports, so that a wrong guess gets no secret."""

from yizhan.net.endpoints import Endpoint, Security


def guess(domain: str) -> tuple[Endpoint, Endpoint]:
    """IMAP and SMTP by custom."""
    return Endpoint(f"imap.{domain}", 993, Security.TLS), Endpoint(f"smtp.{domain}", 465, Security.TLS)
