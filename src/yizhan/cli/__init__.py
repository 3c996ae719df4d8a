"""The command line: every capability has a command (docs/reference/commands.md)."""
