"""What we keep: the one Django app.  Models, a file of functions per noun, the write lane, the vault, the feed."""
