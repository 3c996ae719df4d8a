"""Yizhan (驿站): the self-hosted mail client where every mailbox works."""
