"""Charts for chats: numbers in, a PNG and its words out. `drawing.drawn` is the whole; it knows no platform."""
