"""Every bound of a sync, with its reason."""

# Of each mailbox before any history: one page of a list.
NEWEST = 50
# Of one FETCH of metadata: answers of some 800 bytes each, so that a cut costs little.
FETCH_AT_ONCE = 1_000
# Messages that one SEARCH or one FETCH of flags is about: ten digits and a comma each stay within a line's bound.
ASK_AT_ONCE = 50_000
# Whatever a server says that it bears (MESSAGELIMIT, RFC 9738): fewer would be a command for each message.
LEAST_AT_ONCE = 100
# Ranges of a set that is named to the server; beyond that its whole span is asked for, and the rest passed over.
MAX_PIECES = 50
# Mailboxes that are looked at after a rename: a person renames one, or a parent and what is under it.
RENAMES_AT_ONCE = 50
