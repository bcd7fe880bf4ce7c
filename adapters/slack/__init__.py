"""Slack as a platform of this bot."""
