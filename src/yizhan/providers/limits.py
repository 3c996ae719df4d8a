"""How much of a refusal is looked at and kept, and why no more."""

MAX_EVIDENCE = 2000  # characters; enough for every refusal ever seen, a server that talks on is cut
MAX_GAP = 60  # characters between two parts of a phrase; further apart they are two sentences
MAX_WAIT_S = 7 * 24 * 3600  # a server that asks for more than a week is not believed
MAX_SECRET_FORM = 4096  # characters of a secret that is looked for; no password or token of a mail server is longer
