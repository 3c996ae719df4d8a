"""Bounds on what autodiscovery may bring."""

MAX_ANSWER_BYTES = 256 * 1024  # a mail configuration has 2 KB; whole pages of HTML are told apart long before
MAX_REDIRECTS = 3
SOURCE_SECONDS = 8.0  # one question to one source
WHOLE_SECONDS = 15.0  # all sources together: a person waits for it
MAX_MX = 10  # records looked at
MAX_SERVERS = 20  # servers read from one answer
MAX_XML_DEPTH = 20  # the real ones have five
