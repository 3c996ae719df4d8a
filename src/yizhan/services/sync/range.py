"""How far back an account's mail is kept here, and in which mailboxes.  Pure."""

from datetime import date, datetime, timedelta

from yizhan.store.models import Account, Mailbox

EVERYTHING = date.min  # as `Mailbox.covered_since` says that nothing older is missing


def range_of(account: Account, today: date) -> date | None:
    """The first day, by INTERNALDATE, of what is kept; None keeps everything."""
    if account.sync_since is not None:
        return account.sync_since
    return None if account.sync_days is None else today - timedelta(days=account.sync_days)


def is_followed(mailbox: Mailbox) -> bool:
    """Whether this mailbox is kept here: all that can be opened are, unless the person says otherwise."""
    return mailbox.selectable and mailbox.follow != Mailbox.Follow.NEVER


def covers(mailbox: Mailbox, since: date | None) -> bool:
    """Whether exactly this range is held: a narrower one has something to forget, a wider one to fetch."""
    return mailbox.covered_since == (since or EVERYTHING)


def is_due(mailbox: Mailbox, now: datetime) -> bool:
    """Whether a day is over since everything was compared; it ends at another minute for each account."""
    return mailbox.synced_at is not None and _day(mailbox, mailbox.synced_at) != _day(mailbox, now)


def _day(mailbox: Mailbox, moment: datetime) -> date:
    return (moment + timedelta(minutes=mailbox.account_id * 37 % (24 * 60))).date()
