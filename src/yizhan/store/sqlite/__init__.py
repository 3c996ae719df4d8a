"""SQLite as Yizhan uses it: WAL, and one fair write lane across threads and processes."""
