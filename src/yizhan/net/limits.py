"""What the network may cost and send, and why no more."""

# Streams
READ_BYTES = 64 * 1024  # of one plain read; larger ones only move the copying elsewhere
RECORD_BYTES = 16 * 1024  # one TLS record; feeding OpenSSL more at once would leave its buffers that large for good
HELD_BYTES = 64 * 1024  # unread bytes at which a socket is no longer read; the peer then feels TCP's own window
WRITE_BYTES = 64 * 1024  # between two waits for a slow peer; a message of 50 MB never stands in memory twice

# Reaching
LOOKUP_SECONDS = 8.0  # a resolver's own patience is 5 s a server
MAX_ADDRESSES = 6  # of one name; each costs a head start, and a large provider shows four to six
CONNECT_SECONDS = 8.0  # a SYN is repeated after 1, 3 and 7 s
HEAD_START_SECONDS = 0.3  # before the next address is tried too (RFC 8305 §5 says 250 ms)
# An idle line that died without a word is found after 2 min, and a router on the way is reminded of a living one.
KEEPALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
HANDSHAKE_SECONDS = 10.0  # two round trips and a certificate; a server that needs more is stuck
MAX_RECORDS = 50  # of one DNS answer; real names have under ten MX, some dozen TXT

# SMTP
MAX_REPLY_LINE = 8 * 1024  # RFC 5321 §4.5.3.1.5 says 512; some servers write more
MAX_REPLY_LINES = 200  # EHLO of the wordiest server has about 30
MAX_PIPELINED = 100  # commands at once, so that their answers fit the buffers on both sides (RFC 2920 §3.1)
BLOCK_SECONDS = 60.0  # for 64 KB of a message to go out; RFC 5321 §4.5.3.2.5 gives 3 min, 1 KB/s is hopeless before
FINAL_SECONDS = 300.0  # for the answer to the final dot: filters think long; RFC 5321 §4.5.3.2.6 gives 10 min

# HTTP
MAX_HEADER_BYTES = 64 * 1024  # status line and headers of one answer
MAX_URL = 2048  # of a redirect

# Transcripts
ENTRY_BYTES = 400  # of one line; the words that matter stand at its start
ENTRIES = 100  # first and last of a dialogue, each; a whole binding has about 60
