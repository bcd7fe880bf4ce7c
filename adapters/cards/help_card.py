"""What one can do here."""

from collections.abc import Mapping, Sequence

from adapters.cards.card import Card, Line, Look, Piece, Table, Words, line, point, small, title

_Way = tuple[Piece | str, ...]


def _code(text: str) -> Words:
    return Words(text, Look.CODE)


_FORM: _Way = (_code("/video"), " without a prompt opens a form with every option.")
#: The ways in that only one platform has.
_WAYS: Mapping[str, Sequence[_Way]] = {
    "discord": (
        (_code("/video prompt:"), " makes a video of what you say; add an image to animate it."),
        _FORM,
        ("Right-click a message with an image, then Apps, then ", _code("Animate"), "."),
        ("Reply to an image and mention the bot: ", _code("@videobot make it snow, pro, 10s"), "."),
        (_code("/video-reference"), " puts people and things of your images into a new scene."),
    ),
    "slack": (
        (_code("/video waves at night, pro, 10s"), " makes a video of what you say."),
        _FORM,
        ("On a message with an image, choose More actions, then ", _code("Animate this image"), "."),
        ("Mention the bot in a thread under an image: ", _code("@videobot make it snow, pro, 10s"), "."),
    ),
    "web": (
        (_code("/video waves at night, pro, 10s"), " makes a video of what you say."),
        ("Drop a picture on the page, or paste it, to animate it; two are the first and the last one.",),
        ("Below somebody's picture, press ", Words("Animate", Look.STRONG), ", then say what happens."),
        (Words("Open the form", Look.STRONG), " shows every option that can be chosen."),
    ),
}
_ANYWHERE: Sequence[_Way] = ((_code("/video"), " makes a video of what you say."), _FORM)


def help_card(platform: str = "", *, is_admin: bool = False) -> Card:
    """How to ask for a video, what can be said in a text, and where to look. `platform` as in `Requester`."""
    look = "/video " if platform == "slack" else "/"  # a workspace has many apps: one command of ours is enough there
    body: list[Line | Table] = [title("Make a video")]
    body += [point(*way) for way in _WAYS.get(platform, _ANYWHERE)]
    body += [
        line(Words("Options can stand in the text:", Look.STRONG)),
        point(_code("10s"), " is the length, ", _code("pro"), " or ", _code("std"), " the quality."),
        point(_code("9:16"), " is the shape, ", _code("v3"), " another model."),
        point(_code("with sound"), " adds sound, ", _code("no text: letters, logos"), " says what to leave out."),
        line(Words("And then", Look.STRONG)),
        point("One message shows how far it is; the finished video comes as a new one and mentions you."),
        point("Below it are Again, Edit, Extend (which goes on from its last picture) and Delete."),
        point("Cancelling is free until the video is sent to the gateway."),
        point(_code(f"{look}jobs"), " shows your videos, also those that could not be posted."),
        point(_code(f"{look}quota"), " shows what you may still ask for."),
        point(_code(f"{look}forget"), " erases everything the bot keeps of you."),
        small("You are asked before anything expensive is made, and pressing a button twice never costs twice."),
    ]
    if is_admin:
        where: Piece | str = "The dashboard" if platform == "web" else _code("/video-admin")
        body.append(point(where, " sets limits, shows use, pauses, and decides about uncertain videos."))
    return Card(tuple(body))
