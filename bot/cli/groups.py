"""How every group of commands is set up."""

import typer


def group(help_: str) -> typer.Typer:
    """An empty group that shows its help when no command is named."""
    return typer.Typer(
        help=help_,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
