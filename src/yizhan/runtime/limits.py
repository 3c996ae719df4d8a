"""Every bound of the plant, with its reason."""

# An account whose owner died is free after this; renewed at a third of it, so two renewals may fail.
LEASE_S = 30.0
# Sockets are closed so long before a lease that could not be renewed runs out: closing takes no time, noticing does.
LEASE_MARGIN_S = 4.0
# Leases taken in one transaction (each is one row of an UPDATE).
LEASES_AT_ONCE = 100

# A person waits for the first sign of a request: short, and one indexed SELECT in the lane each time.
REQUEST_POLL_S = 0.2
# A request under way says so well before its claim of 60 s runs out.
REQUEST_PULSE_S = 20.0
# Each walk holds a socket or two and some 100 KB; eight keep a small host busy and responsive.
BINDS_AT_ONCE = 8
CHORES_AT_ONCE = 8
# Messages that somebody has opened and waits for; never behind a sync.
BODIES_AT_ONCE = 8
# A command that has the lease is done with it within this, or the request is put back.
OBTAIN_S = 50.0

# Rows of an import at once; who adds one account by hand has the other places.
IMPORTS_AT_ONCE = 8
# Sign-ins at one server at once, and the pause between two: providers throttle bursts from one address
# (Gmail allows 15 connections an account; Dovecot's default is 10 a user and address, delays follow failures).
HOST_AT_ONCE = 4
HOST_GAP_S = 0.1
# Hosts remembered for their pace; more than a small host has accounts at in one minute.
MAX_HOSTS = 10_000

# Steps of bringing mail here under way at once, each a few MB: more only share out the same processor.
STEPS_AT_ONCE = 8
# A watch that ended badly begins again within this, then later and later (the account's status may say more).
RESUME_FIRST_S = 5.0
RESUME_CAP_S = 600.0
# Uncertain messages are looked for so often; how often each, UNCERTAIN_LOOKS_S says.
UNCERTAIN_EVERY_S = 30.0
# A sync that takes longer is cut; the next one goes on from what is kept.
SYNC_SECONDS = 300.0
# Everything of an account, when a person asked for it: 500,000 messages may take an hour on a thin line, and each wait
# in it has a deadline of its own.
WHOLE_SECONDS = 4 * 3600.0
ROUND_S = 1.0
TAKE_EVERY_S = 5.0

OUTBOX_POLL_S = 0.5
# Accounts that send at the same time: each takes a connection, and most of it is waiting for the server.
SENDS_AT_ONCE = 8
# A command that waits for a scheduled message looks so often whether it was put off or cancelled meanwhile.
SCHEDULED_LOOK_S = 2.0
# When a copy in Sent is looked for after the line broke, in seconds after the first look; then the person decides.
UNCERTAIN_LOOKS_S = (0.0, 30.0, 120.0, 600.0, 3600.0)
# Sends under way may end when the engine is told to stop; a cut after the final dot would make them uncertain.
STOP_SENDS_S = 5.0

# New mail is found within 5 s: one look along a partial index that is empty when nothing is due.
INDEX_EVERY_S = 1.0
# Between two batches of a backlog, so that fetching and pages come first.
INDEX_REST_S = 0.05

# Whoever wrote is offered as a recipient soon after; a backlog is read in short writes, with rest between two.
LEARN_EVERY_S = 5.0
LEARN_REST_S = 0.1

# A draft goes to the server's Drafts when nothing was typed for so long; each time costs a sign-in, so an account's
# drafts are filed no more often than this, and after a failure later.
DRAFT_SETTLES_S = 10.0
DRAFTS_EVERY_S = 3.0
DRAFTS_GAP_S = 20.0
DRAFTS_AGAIN_S = 120.0
DRAFTS_SECONDS = 120.0

RECLAIM_EVERY_S = 5.0
TIDY_EVERY_S = 600.0
CHANGES_KEPT_DAYS = 7  # a browser that was closed longer reads its pages anew
REQUESTS_KEPT_DAYS = 30  # refused forms are drafts for so long

# The supervisor: restarts after 0 to 1 s at first, at most half a minute apart; well for a minute forgets failures.
RESTART_FIRST_S = 1.0
RESTART_CAP_S = 30.0
WELL_AFTER_S = 60.0
STOP_SECONDS = 8.0
SUPERVISE_POLL_S = 0.1
WEB_STOP_S = 3  # open event streams are cut after this

# The body of any request.  A message may have 70 MB (services.outbox.submitting), most of it files, which mail's
# base64 makes a third larger: 52 MB of files fit, and this leaves room for the form around them.
MAX_BODY_BYTES = 56 * 1024 * 1024
