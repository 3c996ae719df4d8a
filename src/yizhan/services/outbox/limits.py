"""Every bound of the outbox, with its reason."""

# A message that is kept longer is forgotten by who wrote it.
MAX_AHEAD_DAYS = 730

# What is sent at most where a public provider does not say what it bears: no person writes faster for long, and every
# provider whose numbers are known bears more.  A person may change them for an account.
HOUSE_A_MINUTE = 20
HOUSE_AN_HOUR = 100
HOUSE_A_DAY = 300

# A server that puts a message off for so long has refused it (RFC 5321 §4.5.4.1: at least 4 to 5 days).
GIVE_UP_S = 5 * 24 * 3600.0

# Messages of one connection: sendmail ends it after 100, most others later.
MESSAGES_A_LINE = 100
# An SMTP connection that has nothing to say is ended after this: a person who answers mail writes the next one sooner,
# and servers hang up after 1 to 5 minutes.
IDLE_LINE_S = 20.0
# How far a large message has come is told so often, and of smaller ones not at all.
PROGRESS_EVERY_S = 1.0
PROGRESS_FROM_BYTES = 512 * 1024

# When the copy that a server files by itself is looked for, in seconds after the message was taken.
OWN_COPY_LOOKS_S = (0.0, 2.0, 5.0, 12.0, 30.0)
# The same where a server is not known to file any.
STRANGE_COPY_LOOKS_S = (0.0, 2.0)
# When a copy that could not be filed is tried again, in seconds after the last try; the last one is repeated.
COPY_AGAIN_S = (60.0, 600.0, 3600.0)
# An APPEND whose answer was lost may still be under way: so long it is not repeated.
APPEND_SETTLES_S = 30.0
# Copies are filed for so long after sending; an older one is in nobody's way any more.
COPY_WITHIN_S = 24 * 3600.0
# Newest messages of Sent that are looked through where SEARCH leaves some out.
NEWEST_LOOKED_AT = 50
