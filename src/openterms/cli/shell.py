"""An interactive shell with the database ready."""

from __future__ import annotations

from .common import ready


def main() -> None:
    """Open Django's shell."""
    ready()
    from django.core.management import call_command

    call_command("shell")


if __name__ == "__main__":
    main()
