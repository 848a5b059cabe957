"""Where syntaxes put a term at different heights: once for the invoice, or with each member of a group."""

from __future__ import annotations

from openterms.formats.einvoice.binding import Tree


def copied_up(tree: Tree, group: str, code: str) -> None:
    """A term that every member of a group says alike stands once, above them."""
    members = tree.get(group, [])
    values = {one.get(code) for one in members}
    if len(values) == 1 and (value := values.pop()) is not None and code not in tree:
        tree[code] = value
        for one in members:
            del one[code]
        tree[group] = [one for one in members if one]


def copied_down(tree: Tree, group: str, code: str) -> Tree:
    """The tree with a term of the whole invoice in each member of a group that has none of its own."""
    if code not in tree or group not in tree:
        return tree
    members = [one if code in one else one | {code: tree[code]} for one in tree[group]]
    return {name: value for name, value in tree.items() if name != code} | {group: members}


def lifted(tree: Tree, group: str, code: str) -> None:
    """A term that some members of a group say, and none says otherwise, stands once, above them."""
    members = tree.get(group, [])
    values = {one[code] for one in members if code in one}
    if len(values) == 1 and code not in tree:
        tree[code] = values.pop()
        for one in members:
            one.pop(code, None)


def put_first(tree: Tree, group: str, code: str) -> Tree:
    """The tree with a term of the whole invoice in the first member of a group."""
    if code not in tree or not tree.get(group):
        return tree
    first, *others = tree[group]
    rest = {name: value for name, value in tree.items() if name != code}
    return rest | {group: [first | {code: tree[code]}, *others]}
