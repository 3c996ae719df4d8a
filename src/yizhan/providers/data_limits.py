"""Bounds on what provider files may bring."""

MAX_OWN_FILES = 500  # files in YIZHAN_HOME/providers; a company has a handful
MAX_FILE_BYTES = 64 * 1024  # the longest file of ours is a tenth of that
MAX_TEXT = 1000  # characters of one text; a page shows it whole
MAX_ITEMS = 500  # items of one list; the provider with the most domains has 191
