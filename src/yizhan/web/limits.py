"""Bounds on what a browser may ask for, each with its reason."""

MAX_BULK = 500  # accounts in one act: as many as an import brings
MAX_TYPED = 320  # characters of an address that are looked at while it is typed (RFC 5321 §4.5.3.1: 64 + 1 + 255)
