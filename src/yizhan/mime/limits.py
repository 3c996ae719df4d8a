"""Every bound on what a stranger's message may ask of us, with its reason."""

# Header fields of one part: Exchange refuses more than 256 KB of them, and no lawful mail comes near.
MAX_HEADER_BYTES = 256 * 1024
# One field with its continuation lines: a "To" of a thousand people fits.
MAX_FIELD_BYTES = 64 * 1024
# Fields of one part: mailing lists add some dozens.
MAX_FIELDS = 1_000
# Parts of one message: a message of 50,000 parts is an attack, not a letter.
MAX_PARTS = 1_000
# Multipart in multipart: forwarded newsletters reach 8.  Each level reads the text once, so depth bounds time.
MAX_DEPTH = 20
# A boundary has 1 to 70 characters (RFC 2046 §5.1.1); some mailers write more.
MAX_BOUNDARY_CHARS = 200
# What is noted as odd about one message; a thousandth note says nothing new.
MAX_DEFECTS = 20

# Markup cleaned at once: cleaning is quadratic in hostile markup (tags never closed, 100,000 attributes).  Within these
# two bounds the worst that we know of takes two seconds; a mailer's own takes milliseconds.  Embedded images and
# comments are taken out before it is counted; Gmail shows no more than 100 KB.
MAX_HTML_CHARS = 300_000
# Tags that open or close something but for cells, rows, paragraphs, pictures and breaks, which close themselves.
MAX_TAGS = 16_000
# Embedded pictures of one message that are shown (`data:`), in characters of base64: three large photographs.
MAX_EMBEDDED_CHARS = 12 * 1024 * 1024
# Blocked pictures that are told one by one; the number of all is told too.
MAX_BLOCKED_LISTED = 100

# Text shown of one part: "War and Peace" has 3 MB; a log file may have more and can be downloaded.
MAX_TEXT_CHARS = 2_000_000
# A text in no named charset is guessed from its beginning.
CHARSET_SAMPLE_BYTES = 16 * 1024
# Levels of ">" that are drawn; deeper ones share the last.
MAX_QUOTE_LEVELS = 12

# File systems stop at 255 bytes a name; what a browser adds, such as " (1)", still fits.
MAX_FILENAME_BYTES = 200

# References kept in a reply: the first and the newest name the thread (RFC 5322 §3.6.4 lets older ones go).
MAX_REFERENCES = 30

# Messages inside messages: a forward of a forward; each level is parsed anew, and only when it is looked at.
MAX_ENCLOSED_DEPTH = 4
# Parts of one message that are looked into; a digest of a mailing list has some dozens.
MAX_ENCLOSED = 30

# ASN.1 of a signature: signed data nests 10 deep, and an octet string in pieces of 1 KB has 100,000 of them in 100 MB.
MAX_BER_DEPTH = 16
MAX_BER_ELEMENTS = 200_000
# Attributes of a winmail.dat and properties in one: Outlook writes some hundred.
MAX_TNEF_ATTRIBUTES = 5_000
MAX_TNEF_FILES = 200

# A calendar that is read as an invitation, in characters: a hundred times the largest that a person is sent.
MAX_CALENDAR_CHARS = 200_000
MAX_ATTENDEES = 100
# A title or a place of an event.
MAX_INVITATION_CHARS = 500

# Pixels of one picture that is drawn anew: the largest telephones make 200 million, and a page of a few kilobytes of
# PNG may claim more.
MAX_PICTURE_PIXELS = 250_000_000
# The longer side of a preview: as wide as a reader on a good screen.
PREVIEW_PIXELS = 1_600
# A page's picture is at most so many times its printed size: a stamp is not drawn as large as a poster.
MAX_PDF_SCALE = 3.0

# Text of one attached document that is found: as much as of a message's own; a contract of 60 pages has 150,000.
MAX_DOCUMENT_CHARS = 200_000
# XML of one document that is gone through: some seconds, a sheet of 200,000 cells; what a zip can grow to has no bound.
MAX_DOCUMENT_XML_BYTES = 64 * 1024 * 1024
# Pages of one PDF that are read; the text ends before that unless they are empty.
MAX_PDF_PAGES = 1_000
# A text that is shown beside a message, in characters: twenty pages; the whole can be downloaded.
MAX_PREVIEW_CHARS = 64 * 1024
# Verdicts of one Authentication-Results: each signature has one; mailing lists add some.
MAX_VERDICTS = 30
# Recipients as typed: 5,000 of them with long names, so that a list that is too long is counted and told so.
MAX_TYPED_CHARS = 1_000_000
# RFC 5321 §4.5.3.1.1 and §4.5.3.1.3 (a path of 256 octets with its brackets).
MAX_LOCAL_PART_BYTES = 64
MAX_ADDRESS_BYTES = 254
# Lines of a file of cards: 20,000 cards of 25 lines; and the characters of one line, a long note.
MAX_CARD_LINES = 500_000
MAX_CARD_CHARS = 100_000

# A delivery report's own words and fields; the message that it returns is not counted.
MAX_REPORT_CHARS = 200_000
# Paragraphs of it that are searched for a reason, and addresses in a report that is words only: such a report is about
# one recipient or a few.
MAX_PARAGRAPHS = 100
MAX_SPOKEN_OF = 50
# Recipients that one report is read for: a message has at most as many.
MAX_REPORTED = 500
# Message-IDs that may be the reported message's: its own, its thread's.
MAX_REPORT_IDS = 20
# What a server said of one recipient: some lines of an SMTP reply.
MAX_SAID_CHARS = 1_000
