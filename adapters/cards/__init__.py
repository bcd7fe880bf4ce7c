"""What a message says, without a platform: pure functions from what the service returns to plain words."""
