"""Search: one analyzer, two indexes."""
