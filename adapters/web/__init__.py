"""The chat page: the bot in a browser. A third platform on the same service, desk and cards."""
