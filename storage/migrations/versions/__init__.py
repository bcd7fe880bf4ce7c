"""Numbered changes of the tables, applied at start and by `videobot db upgrade`. Never edited once released."""
