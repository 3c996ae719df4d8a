"""Every bound of search, with its reason."""

# A question of more is a text that was pasted into the wrong field; each word is one look into the index.
MAX_QUERY_CHARS = 2_000
MAX_QUERY_WORDS = 40

# Text of one message that is found: a book of 100 pages.  Log files of megabytes stay whole in the message itself.
MAX_TEXT_CHARS = 200_000
# Text of all its attached files together, beside that: as much again.
MAX_ATTACHED_CHARS = 200_000
# A name that stands before the text of its file; longer ones are cut in the index, never in the message.
MAX_ATTACHED_NAME_CHARS = 200
# Different words of one message, in bytes with what the index adds to each: PostgreSQL ends a tsvector at 1 MB.
MAX_WORDS_BYTES = 700_000
WORD_COST_BYTES = 8
# Attached files whose names are found; a message of 1,000 files is a heap.
MAX_FILES = 200

# Messages looked at for one page where the index alone cannot tell (phrases, three characters and more).  At some
# 50 µs each this is a third of a second; the page then ends early and the next one goes on from there.
MAX_CANDIDATES = 5_000
CANDIDATES_AT_ONCE = 100

# The newest finds whose accounts, mailboxes and times are counted beside a page; where texts decide it is candidates.
MAX_SURVEYED = 2_000
MAX_SURVEYED_TEXTS = 500
# Finds counted when somebody asks how many there are: a second at most where the texts decide.
MAX_COUNTED = 20_000

# Bodies read and written at once by the worker: each transaction stays short.
BODIES_AT_ONCE = 20
# New messages whose headers are put in the index by the transaction that writes them: what comes while one watches.
WORDS_AT_ONCE = 50
# Accounts and mailboxes that one word of a query may mean.
MAX_MEANT = 500

# Pages of the index merged in one step when an account has ended: some milliseconds, so that others can write between.
MERGE_PAGES = 100
