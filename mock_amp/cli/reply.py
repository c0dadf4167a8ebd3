"""The command that replies from a handset."""

import click

from mock_amp.cli.asking import Server, asks, print_json
from mock_amp.core.veils import visible


@click.command()
@click.argument("whom", metavar="NUMBER|MESSAGE_ID")
@click.argument("text", required=False)
@click.option("--channel", metavar="CHANNEL", help="The instant messenger. [default: the one that it was delivered by]")
@asks
def reply(server: Server, whom: str, text: str | None, channel: str | None, *, as_json: bool) -> None:
    """Reply from a handset.

    To a message, or to the last one that went to a NUMBER. Without TEXT the reply has none. It is posted to the
    reply_url that the message was sent with.

    The exit status is 0 when it is on its way; 1 when the service would post nothing, with the reason (Y-2); 2 when the
    server could not be asked.
    """
    with server.account() as account:
        found = account.reply(whom, text, channel=channel.upper() if channel else None)
        if as_json:
            print_json(found)
            return
        told = f"reply {found.reply_message_id} by {found.channel} to message {found.message_id}"
        callback = account.callback(found.callback_id) if found.callback_id else None
    click.echo(f"{told}; callback {callback.id} to {visible(callback.url)}" if callback else told)
