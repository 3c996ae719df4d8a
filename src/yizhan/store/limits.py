"""Every bound of the store, with its reason."""

# A write keeps everyone else waiting on SQLite (house rule: 50 ms at most); longer ones are logged by name.
SLOW_TRANSACTION_S = 0.05
# A busy machine has such writes by the hundred; one that people wait for is worth a warning.
HELD_UP_S = 0.5

# Rows of one transaction when many are written or removed: keeps each near 10 to 30 ms (an upsert: 110 µs a row).
BATCH_ROWS = 200

# New rows of one statement: a message has 24 columns, and SQLite takes 32,766 values (SQLITE_MAX_VARIABLE_NUMBER).
ROWS_A_STATEMENT = 100

# Arms of one UNION ALL: SQLite takes 500 (SQLITE_MAX_COMPOUND_SELECT).
MAX_ARMS = 250

# RFC 5322 §2.1.1 bounds a line to 998 characters, so no lawful id is longer.
MAX_MESSAGE_ID_CHARS = 998
# Messages that one answer may bring into another thread: longer ones are of a list's whole life, and stay apart.
MAX_JOINED = 500
# A subject has no bound in the RFCs; a list shows 200 characters of it, and the message itself keeps the rest.
MAX_SUBJECT_CHARS = 2_000
MAX_SNIPPET_CHARS = 400
# Addresses kept in a row for lists; the message itself keeps the rest (a hostile "To" may name 100,000).
MAX_ADDRESSES = 100
# RFC 5321 §4.5.3.1: 64 + 1 + 255; twice that leaves room for display names.
MAX_ADDRESS_CHARS = 640
# A display name, as wide as its column.
MAX_NAME_CHARS = 150
# Keywords of one message; Dovecot allows 26 letters of them in a maildir name, Gmail a few dozen labels.
MAX_FLAGS = 200
MAX_FLAG_CHARS = 200
# A name is part of a unique index (PostgreSQL: about 2,700 bytes a row); file systems stop at 255 bytes a level.
MAX_MAILBOX_NAME_BYTES = 1_024
# Mailboxes of one account: more than any person has, few enough to be listed in one transaction.
MAX_MAILBOXES = 10_000

# One message: Gmail takes 50 MB in, Exchange up to 150 MB; more than this would not fit a small host's memory.
MAX_BLOB_BYTES = 160 * 1024 * 1024
# What cannot be compressed grows by one part in 256 at most (zstd's ZSTD_compressBound); more is not what we wrote.
MAX_STORED_BYTES = MAX_BLOB_BYTES + MAX_BLOB_BYTES // 256 + 1024
# What is read of a file or a blob at a time; five of them are the smallest part that S3 takes.
PIECE_BYTES = 1024 * 1024
# Bytes put but not yet named by a row are left alone for so long: the writer may be about to name them.
BLOB_GRACE_S = 3_600.0

# The key file holds a few lines; a larger one is not ours.
MAX_KEY_FILE_BYTES = 65_536

# Claims of one request before it is given up: a request that kills its worker must not kill every worker for ever.
MAX_REQUEST_CLAIMS = 3
REQUEST_CLAIM_S = 60.0

# Refusals of a credential are counted over an hour; older ones are of no use to anyone.
REFUSALS_KEPT_S = 3_600.0

# A timeline is a drawing of some hundred pixels; an account that flaps every minute fills it many times over.
MAX_SPANS = 500

# A settled intent is of use while somebody may ask what became of an act: a week, as long as the change feed is read.
INTENTS_KEPT_S = 7 * 24 * 3_600.0

SETUP_LINK_S = 24 * 3_600.0

# Saved searches of one person: more than a side column can be looked through.
MAX_SAVED_SEARCHES = 100
MAX_SAVED_NAME_CHARS = 150
# The words of one draft; with what carries them this stays below the 2.5 MB that Django reads into memory.
MAX_DRAFT_BYTES = 2 * 1024 * 1024
# Drafts that are shown; whoever keeps more finds them by the newest first.
MAX_DRAFTS_SHOWN = 500
# Messages read for their correspondents in one transaction: 2 to 10 ms.
MESSAGES_LEARNT = 200
# People offered to complete what is typed: as many as are looked at without scrolling.
MAX_COMPLETED = 8
