"""How much is done for one message, and why no more."""

# Remote pictures of one message that are fetched: a long newsletter has some sixty.
MAX_PICTURES = 100
# One picture: a photograph from a telephone; senders of newsletters stay far below.
MAX_PICTURE_BYTES = 8 * 1024 * 1024
# All pictures of one message, in bytes; they are kept for an hour.
MAX_PICTURES_BYTES = 32 * 1024 * 1024
# Connections to the senders' servers at once; browsers make six.
PICTURES_AT_ONCE = 6
# One picture, and all of them: a person waits, and what has not come by then is told as blocked.
PICTURE_SECONDS = 10.0
PICTURES_SECONDS = 40.0
# Redirects of one picture: link counters of newsletters lead over two or three.
MAX_PICTURE_REDIRECTS = 5

# Rows read at once while a mailbox is written out; their bytes are read one by one.
EXPORT_BATCH = 200

# What a child may hand back of somebody's bytes: a picture of 3,000 by 3,000 takes three of these, a book's text two.
MAX_ASIDE_BYTES = 8 * 1024 * 1024
# Children that draw for people at once; whoever comes third waits a moment.
ASIDE_AT_ONCE = 2
# What starting one takes on a machine that is busy with everything else; it is not counted as the task's own time.
ASIDE_START_SECONDS = 10.0

# One attached file whose words are read for the index, still encoded: a catalogue with pictures; providers take 25 to
# 50 MB in a message.
MAX_READ_FILE_BYTES = 30 * 1024 * 1024
# Files of one message that are read; the names of all can be found.
MAX_READ_FILES = 20
# What reading one may take: a PDF of 1,000 pages takes two seconds, a sheet of 64 MB six; and of address space.
READ_SECONDS = 20.0
READ_MEMORY_BYTES = 1024 * 1024 * 1024
# How long `yizhan search` reads attached files itself where no engine has done so.
CATCH_UP_SECONDS = 10.0

# A file that is drawn for a person to look at: providers take no message of more than 50 MB.
MAX_PREVIEW_BYTES = 64 * 1024 * 1024
# Drawing it: a person waits.  A photograph of 100 million pixels takes 3 s and 400 MB on a slow machine.
PREVIEW_SECONDS = 15.0
PREVIEW_MEMORY = 768 * 1024 * 1024
