"""Open a session for an account and bring its newest mail here."""

from yizhan.base.ids import AccountId
from yizhan.providers.probe import open_imap
from yizhan.services.accounts.checking import read_target
from yizhan.services.egress.dialers import Egress
from yizhan.services.sync.engine import Synced, sync_newest
from yizhan.store.lane import Lane


async def fetch_newest(account_id: AccountId, *, egress: Egress, lane: Lane) -> Synced:
    """The newest of INBOX; raises what the server or the line did."""
    target, route = await lane.read(read_target, account_id)
    session = await open_imap(target, egress.dialer_for(route))
    try:
        return await sync_newest(account_id, session, lane)
    finally:
        await session.logout()
