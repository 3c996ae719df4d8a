"""How much, how often and how long an account's mail is fetched and watched, and why no more."""

# ---- bodies ----
# Larger ones wait until somebody opens them: providers' largest messages are 25 to 70 MB, and nobody reads them unseen.
MAX_BODY_BYTES = 40 * 1024 * 1024
# Fetched by one command: a line that breaks costs no more than that, and a batch is soon over.
BODIES_A_BATCH = 200
BATCH_BYTES = 8 * 1024 * 1024
# Bodies that one pass to the disk and one transaction keep, some 20 ms of the lane; what passes this is kept at once,
# so that two large ones never wait together.  As many again come meanwhile.
HELD_BYTES = 2 * 1024 * 1024
# A day's bodies of one account where the provider's file names no bound: a whole mailbox of most people at once, and
# of one with 100 GB some days.  Where it names one, a fifth is left to the person's other programs.
BODY_BYTES_A_DAY = 20 * 1024 * 1024 * 1024
SHARE_OF_DAY = 0.8
# May be fetched at once at the day's beginning; the rest as the day goes by.
HEAD_START = 0.25
# The newest of INBOX come at once, as long as the day's bytes last.
AT_ONCE = 50

# ---- watching ----
# Between two looks at Sent, Junk and the other followed mailboxes: a change there is found within 60 s.  IDLE is ended
# for it and begun again, so a line that died in silence is found by then too, and no server's 29 minutes run out.
LOOK_S = 45.0
# Under NOTIFY the server tells of all mailboxes; NOOP finds out whether it is still there, and a look whether it lied.
NOTIFY_ALIVE_S = 100.0
NOTIFY_LOOK_S = 600.0
# Dovecot hears of mail for a mailbox a moment after it was opened: what came in between is found by a NOOP soon after.
OPENED_S = 2.0
# Without IDLE: INBOX is asked about so often (Mail.ru and NetEase; slower than a person who refreshes a page).
POLL_S = 20.0
# The whole is gone through again: a new choice of range, mailboxes that came or went, a server that told nothing.
WHOLE_S = 900.0
# STATUS of so many mailboxes a look where LIST cannot tell (no LIST-STATUS); with more, each has its turn later.
STATUS_A_LOOK = 40
# Headers of history at a time, then INBOX is looked at.
SLICE = 2_000
# Bodies are fetched for so long, then INBOX is looked at.
BODIES_S = 5.0
# After new mail or a change: bodies may be due again only when the day has gone on so far.
BUDGET_PAUSE_S = 300.0

# ---- lines ----
# A line that was well for so long and breaks is opened again without a word first: networks do that all the time.
WELL_S = 60.0
# Then within so many seconds, drawn by dice: a thousand accounts that lost one server do not come back in step.
RETURN_S = 5.0
# That the account is well is written down so often: "checked five minutes ago" says enough, and a write costs.
WELL_EVERY_S = 300.0
# The progress of history is told so often at most: a page draws a bar, and news cost a row each.
PROGRESS_S = 1.0
