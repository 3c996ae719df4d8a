"""What a server may send, and why no more."""

# ---- one response ----
MAX_LINE = 1024 * 1024  # bytes of a response without its literals; ENVELOPEs of mass mail reach some 100 KB
MAX_FETCH_LINE = 16 * 1024 * 1024  # the parts of a letter that has 50,000; past MAX_LINE it is cut, and not read on
MAX_LITERAL = (
    256 * 1024 * 1024
)  # bytes of a response's literals together; past every provider's largest message (150 MB)
MAX_LITERAL_BEFORE_LOGIN = 64 * 1024  # nobody who has not let us in yet has a message to show
MAX_LITERALS = 4096  # in one response; a HEADER fetch of every part of a large message has some hundred
MAX_DEPTH = 100  # nested lists; a BODYSTRUCTURE of real mail stays under 20
INLINE_LITERAL = 2048  # bytes; a short literal is put into the line as if it had been quoted, which reads faster

# ---- one command ----
MAX_ARGUMENT = 64 * 1024  # bytes of one of our own arguments that is not a literal message
MAX_ANSWERS = 500_000  # untagged responses to one command; a FETCH of the flags of a huge mailbox fits
MAX_UNASKED = 20_000  # untagged responses that wait until somebody looks; a busy mailbox changes less between looks
MAX_CONTINUED = 10_000  # answers to one command of a server that stops at 100 messages, of a million
MAX_IN_FLIGHT = 32  # commands under way at once; more would only fill buffers on both sides

# ---- sets of numbers ----
MAX_NUMBER = 0xFFFF_FFFF  # nz-number is 32 bits (RFC 9051 §9)
MAX_MOD_SEQ = 0x7FFF_FFFF_FFFF_FFFF  # 63 bits (RFC 7162 §7)
MAX_RANGES = 200_000  # in one set; every second message of a mailbox of 400,000, within MAX_LINE anyway
MAX_EXPANDED = 1_000_000  # numbers made from a set: `1:4294967295` is eleven bytes on the wire and 4 billion in memory

# ---- compression ----
INFLATED_STEP = 64 * 1024  # bytes unpacked at a time; the bounds above then hold for what was packed a thousandfold
DEFLATE_WINDOW = -15  # raw deflate, as RFC 4978 §3 wants it

# ---- sign-in ----
MIN_SCRAM_ITERATIONS = 4096  # RFC 7677 §4; fewer would let an impostor guess the password from what we send
MAX_SCRAM_ITERATIONS = 1_000_000  # about half a second; a hostile server would keep the processor busy for hours
MAX_CHALLENGE = 64 * 1024  # bytes of a server's challenge; SCRAM's are some 200
MAX_CHALLENGES = 16  # in one sign-in; SCRAM needs three
MAX_JOINED = 1024 * 1024  # bytes of a literal that is written together with what stands around it
