"""What every command shares: the database made ready, the seller's context, answers on the right stream, exit codes.

Exit codes: 0 done, 1 refused or found wrong, 2 usage. Data goes to standard output, everything else to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

from .home import Home, HomeError

if TYPE_CHECKING:
    from openterms.apps.tenancy.models import Seller

messages = Console(stderr=True, highlight=False)
JsonOption = typer.Option(False, "--json", help="Answer as JSON on standard output.")
SellerOption = typer.Option(..., "--seller", help="The seller's code.")


def say(text: str) -> None:
    """A line for the person, on standard error."""
    messages.print(text, markup=False, soft_wrap=True)


def fail(text: str, code: int = 1) -> NoReturn:
    """Say what is wrong and end."""
    say(text)
    raise typer.Exit(code)


_held_back: list[str] | None = None


def emit(value: Any) -> None:
    """An answer as JSON on standard output; in a seller's context only when what it tells of is kept, or refused."""
    text = json.dumps(value, ensure_ascii=False, default=str, indent=None if not sys.stdout.isatty() else 2)
    if _held_back is None:
        sys.stdout.write(f"{text}\n")
    else:
        _held_back.append(text)


@contextmanager
def _holding_back() -> Iterator[None]:
    """Answers wait for the transaction inside: a reader who leaves early undoes nothing, and a fault tells nothing."""
    global _held_back
    _held_back = answers = []
    ended: typer.Exit | None = None
    try:
        yield
    except typer.Exit as error:
        ended = error
    finally:
        _held_back = None
    sys.stdout.writelines(f"{text}\n" for text in answers)
    if ended is not None:
        raise ended


def ready(role: str = "worker") -> Home:
    """The home with its database up to date, and Django set up under a role."""
    from .database import prepare

    os.environ["OPENTERMS_ROLE"] = role
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "openterms.config.settings")
    home = Home.from_environment()
    try:
        prepare(home)
    except HomeError as error:
        fail(str(error))
    import django

    django.setup()
    return home


@contextmanager
def refusals() -> Iterator[None]:
    """Turn bad input and refusals into one clear line and exit code 1."""
    from openterms.core.base.errors import BadInput, Refused

    try:
        yield
    except (BadInput, Refused) as error:
        fail(str(error))


@contextmanager
def seller_context(code: str) -> Iterator[Seller]:
    """The seller of a code, inside a transaction under its row-level-security context."""
    ready()
    from openterms.apps.tenancy.context import acting

    with refusals():
        seller = find_seller(code)
        with _holding_back(), acting(seller.id):
            yield seller


def find_seller(code: str) -> Seller:
    """The seller of a code; ends with exit code 1 where there is none."""
    from openterms.apps.tenancy.models import Seller

    seller = Seller.objects.filter(code=code).first()
    if seller is None:
        fail(f"There is no seller {code}. `openterms seller add {code} …` makes one.")
    return seller


def day_of(text: str | None, default: date | None = None) -> date:
    """A date given as YYYY-MM-DD; usage error where it is not one."""
    if text is None:
        if default is None:
            raise typer.BadParameter("a date is needed, as YYYY-MM-DD")
        return default
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not a date; give it as YYYY-MM-DD") from error
