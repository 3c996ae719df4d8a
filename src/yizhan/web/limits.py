"""Bounds on what a browser may ask for, each with its reason."""

MAX_BULK = 500  # accounts in one act: as many as an import brings
MAX_TYPED = 320  # characters of an address that are looked at while it is typed (RFC 5321 §4.5.3.1: 64 + 1 + 255)
MAILBOXES_BESIDE = 300  # of one account in the column beside mail, where nobody scrolls further; all are on a page
MAILBOXES_PAGE = 200  # rows of a page of mailboxes: a browser draws them at once
MAX_OPEN_TREES = 12  # accounts whose mailboxes are open beside mail at once: as many as stand there unfolded
MAX_FOLDS = 200  # things opened or shut that a browser remembers: a cookie holds 4 KB
MAX_PRINTED = 50  # messages of a conversation that go on paper at once; cleaning their markup takes a second or two
MAX_SHOWN_DEPTH = 6  # levels that move to the right; a column of 232 px has no room for more
