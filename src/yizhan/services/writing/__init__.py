"""What a person does before a message is handed in: drafts, answers, identities, signatures, templates, cards."""
