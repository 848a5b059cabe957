"""Commands about the keys by which programs reach a seller."""

from __future__ import annotations

import typer

from .common import JsonOption, SellerOption, emit, say, seller_context

api_key = typer.Typer(no_args_is_help=True)


@api_key.command("add")
def api_key_add(
    seller_code: str = SellerOption,
    scopes: list[str] = typer.Option(..., "--scope", help="`authorise`, `read`, `apply`, `collect`; several times."),
    name: str = typer.Option("", "--name", help="What the key is for."),
    per_minute: int = typer.Option(120_000, "--per-minute", help="How many requests a minute it may send."),
    as_json: bool = JsonOption,
) -> None:
    """Make a key. It is shown this once."""
    with seller_context(seller_code) as found:
        from openterms.apps.journal.actions import record
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.apps.tenancy.api_keys import add_key

        key, secret = add_key(found, name, scopes, per_minute)
        data = {
            "name": key.name, "prefix": key.prefix, "scopes": list(key.scopes), "per_minute": key.per_minute,
        }  # fmt: skip
        record(found.id, SYSTEM, "api_key_added", "api_key", key.id, clock.now(), None, data)
    if as_json:
        emit({"id": key.id, "key": secret, "prefix": key.prefix, "name": key.name, "scopes": key.scopes,
              "per_minute": key.per_minute})  # fmt: skip
        return
    typer.echo(secret)
    say("This key is shown once. Keep it where programs keep secrets.")


@api_key.command("list")
def api_key_list(seller_code: str = SellerOption, as_json: bool = JsonOption) -> None:
    """List the keys of a seller, without their secrets."""
    with seller_context(seller_code) as found:
        from openterms.apps.tenancy.models import ApiKey

        keys = [
            {"id": key.id, "prefix": key.prefix, "name": key.name, "scopes": key.scopes,
             "per_minute": key.per_minute, "added_at": key.recorded_at,
             "revoked_at": key.revoked_at}
            for key in ApiKey.objects.filter(seller=found).order_by("id")
        ]  # fmt: skip
    if as_json:
        emit(keys)
        return
    for key in keys:
        state = "revoked" if key["revoked_at"] else "in force"
        typer.echo(f"{key['prefix']}\t{','.join(key['scopes'])}\t{key['name']}\t{state}")


@api_key.command("revoke")
def api_key_revoke(
    prefix: str = typer.Argument(help="The beginning of the key as it is listed, or its id."),
    seller_code: str = SellerOption,
    as_json: bool = JsonOption,
) -> None:
    """End a key for good."""
    with seller_context(seller_code) as found:
        from openterms.apps.journal.actions import record
        from openterms.apps.tenancy import clock
        from openterms.apps.tenancy.actor import SYSTEM
        from openterms.apps.tenancy.api_keys import revoke_key

        key = revoke_key(found, prefix, clock.now())
        record(found.id, SYSTEM, "api_key_revoked", "api_key", key.id, clock.now(), None, {"prefix": key.prefix})
    if as_json:
        emit({"id": key.id, "prefix": key.prefix, "revoked_at": key.revoked_at})
    say(f"The key {key.prefix} is revoked.")
