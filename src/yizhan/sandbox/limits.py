"""What the sandbox takes from a client, and why no more: it stands on a person's own machine."""

MAX_LINE = 64 * 1024  # of a command without its literals; a UID set of a few thousand messages fits
MAX_LITERALS = 16  # in one command; LOGIN needs two
MAX_LITERAL_EARLY = 4096  # before anybody is signed in; OAuth tokens reach 2 KB
MAX_DEPTH = 20  # nested lists in a command; SEARCH by a person has two or three
MAX_MESSAGE = 25 * 1024 * 1024  # the real providers take 25 to 50 MB
MAX_BYTES = 200 * 1024 * 1024  # all messages of all people: memory, for nothing here is written to disk
MAX_MESSAGES = 5000  # in one mailbox
MAX_MAILBOXES = 500  # of one person
MAX_MAILBOX_NAME = 255  # bytes on the wire; file systems behind real servers allow no more
MAX_FLAGS = 50  # on one message
MAX_FLAG = 100  # bytes of one flag
MAX_PEOPLE = 200
MAX_APP_PASSWORDS = 20  # of one person
MAX_NAME = 60  # of an app password, in characters
MAX_TEXTS = 50  # codes that the phone still shows
MAX_CONNECTIONS = 200  # at one server
MAX_BAD_COMMANDS = 20  # in one connection, then it is closed: garbage is not answered for ever
MAX_RANGES = 5000  # in one set of message numbers
MAX_PARTS = 500  # of one message that are described
MAX_PART_DEPTH = 30  # multiparts inside multiparts
MAX_RECIPIENTS = 100  # of one message
MAX_FORM = 16 * 1024  # bytes of a form on the security page; its longest field is a name
MAX_VISITS = 200  # browsers that are signed in to security pages; the oldest leaves
EARLY_SECONDS = 60.0  # to sign in; RFC 9051 §5.4 asks for 30 minutes only of those who have
IDLE_SECONDS = 1800.0  # RFC 9051 §5.4
GOODBYE_SECONDS = 1.0  # for the last bytes to be taken; then the connection is cut
