"""The colours of a chart.

The background is opaque and the same everywhere. On a transparent one no colour of words has a contrast of 4.5 : 1 both
to a white chat (its luminance is at most 0.18) and to a dark one (at least 0.32 on Discord's #313338). Looked at on
#ffffff, #313338 and #1a1d21 at the width of a phone: grey words on a transparent one are hard to read on all three, a
white one glares in both dark chats, and this slate is a quiet panel in each. The border tells it from a dark chat.
"""

BACKGROUND = "#22262d"
BORDER = "#6b7280"
TEXT = "#f3f4f6"
QUIET = "#c0c6d0"
BAR = "#60a5fa"
#: Behind the bars, faint on purpose: nothing is read from a line alone.
LINE = "#3b414b"
