"""What a server may send, and why no more."""

MAX_LINE = 1024 * 1024  # a response without its literals; ENVELOPEs of mass mail reach some 100 KB
MAX_LITERAL = 256 * 1024 * 1024  # past every provider's largest message (Microsoft 365: 150 MB)
MAX_DEPTH = 100  # nested lists; a BODYSTRUCTURE of real mail stays under 20
MAX_LITERALS = 4096  # in one response
MAX_ARGUMENT = 64 * 1024  # of one of our own arguments that is not a literal message
