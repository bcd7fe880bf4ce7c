"""The dashboard: what an operator wants to know, and the limits."""
