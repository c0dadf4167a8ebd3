"""The command that prints the OpenAPI document."""

import json

import click

from mock_amp.cli.streams import print_json_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, which is the usual.")
@click.option("--yaml", "as_yaml", is_flag=True, help="As YAML.")
@click.option("--service-only", is_flag=True, help="The emulated service alone, without the control plane.")
def openapi(*, as_json: bool, as_yaml: bool, service_only: bool) -> None:
    """Print the OpenAPI 3.1 document of the service and the control plane.

    It is what GET /__admin/openapi.json of a server with the usual settings answers.
    """
    if as_json and as_yaml:
        raise click.UsageError("the document is printed by --json or by --yaml, not by both")
    from mock_amp import bootstrap

    text = json.dumps(bootstrap.api_document(control_plane=not service_only), ensure_ascii=False, indent=2)
    if not as_yaml:
        print_json_text(text)
        return
    import yaml

    class Plain(yaml.SafeDumper):
        """Says what is there twice twice: other readers know no aliases."""

        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - of nothing
            return True

    click.echo(yaml.dump(json.loads(text), Dumper=Plain, allow_unicode=True, sort_keys=False, width=120), nl=False)
