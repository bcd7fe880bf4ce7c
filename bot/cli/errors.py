"""How a command ends badly: one sentence, and an exit code that tells whose fault it is."""

BAD_INPUT = 2
FAILURE = 1
INTERRUPTED = 130


class CommandError(Exception):
    """A sentence for stderr and the exit code; `details` are further lines, `data` goes into the JSON document."""

    def __init__(
        self,
        sentence: str,
        *,
        code: int = FAILURE,
        details: tuple[str, ...] = (),
        data: dict[str, object] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.sentence, self.code, self.details, self.data = sentence, code, details, data or {}


def bad_input(sentence: str) -> CommandError:
    """What was typed cannot be meant."""
    return CommandError(sentence, code=BAD_INPUT)


def unexpected(error: Exception, *, verbose: bool) -> CommandError:
    """The command error for what nobody expected."""
    hint = "" if verbose else " Run it again as `videobot --verbose ...` to see where."
    return CommandError(f"Something went wrong that videobot did not expect ({type(error).__name__}).{hint}")


def explain(error: Exception) -> CommandError | None:
    """The command error for what the rooms below raise in words; None for anything nobody expected."""
    if isinstance(error, CommandError):
        return error
    from bot.generation.ports import ChatError, GatewayError, MediaError, NotDecidableError, StoreError
    from bot.settings import SettingsError

    if isinstance(error, SettingsError):
        return CommandError(str(error), code=BAD_INPUT)
    if isinstance(error, (StoreError, GatewayError, MediaError, ChatError, NotDecidableError)):
        return CommandError(str(error))
    return None
