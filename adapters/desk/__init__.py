"""The front desk: one for all chats. It takes requests, answers presses, and knows no platform."""

from adapters.desk.actor import Actor
from adapters.desk.ask import Ask, PictureWish, VideoWish
from adapters.desk.desk import Desk
from adapters.desk.reply import Outcome, Reply

__all__ = ["Actor", "Ask", "Desk", "Outcome", "PictureWish", "Reply", "VideoWish"]
