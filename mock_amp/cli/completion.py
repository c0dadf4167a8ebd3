"""The command that prints what a shell needs to complete our commands, and what is completed in them."""

from typing import Final

import click
from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from mock_amp.settings import Setting

SHELLS: Final = ("bash", "zsh", "fish")
VARIABLE: Final = "_MOCK_AMP_COMPLETE"
"""By which the script of a shell asks; click makes it of the name `mock-amp`."""


@click.command(
    epilog="""\b
In bash, for this shell or in ~/.bashrc:  eval "$(mock-amp completion bash)"
In zsh, after compinit in ~/.zshrc:       eval "$(mock-amp completion zsh)"
In fish, once:  mock-amp completion fish > ~/.config/fish/completions/mock-amp.fish"""
)
@click.argument("shell", type=click.Choice(SHELLS), metavar="|".join(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete commands, options, scenarios and choices.

    Bash has to be 4.4 or newer; the one that comes with macOS is older.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"this version of click knows no completion for {shell}")
    script = kind(ctx.find_root().command, {}, "mock-amp", VARIABLE)
    click.echo(ShellComplete.source(script))  # that of bash would run the bash of this machine, to ask its version


def complete_scenario(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shipped scenarios by name; files where none begins like that. Bash does not offer both."""
    from mock_amp import rehearsal

    found = [CompletionItem(name) for name in rehearsal.names() if name.startswith(incomplete)]
    return found or complete_file(ctx, param, incomplete)


def complete_file(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - as click calls it
    """Files, as the shell knows them."""
    return [CompletionItem(incomplete, type="file")]


def complete_folder(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001 - as click calls it
    """Folders, as the shell knows them."""
    return [CompletionItem(incomplete, type="dir")]


class SettingValue(click.types.StringParamType):
    """What a setting may be, for the shell alone: whether a value is right, the table of settings says."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        if self._setting.name == "scenario":
            return complete_scenario(ctx, param, incomplete)
        if self._setting.choices:
            return [CompletionItem(each) for each in self._setting.choices if each.startswith(incomplete)]
        if self._setting.name.endswith(("-file", "-ca", "-ca-key")):
            return complete_file(ctx, param, incomplete)
        if self._setting.name.endswith("-dir"):
            return complete_folder(ctx, param, incomplete)
        return []
