"""Discord as a platform: commands, forms, buttons, replies, and the messages about each job."""
