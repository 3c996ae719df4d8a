"""Every bound of the outbox, with its reason."""

# A message that is kept longer is forgotten by who wrote it.
MAX_AHEAD_DAYS = 730
