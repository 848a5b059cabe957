"""Who paid: by account, by a name learnt from corrections, by name in any script, and the group behind the name."""

from __future__ import annotations

from collections.abc import Sequence

from openterms.core.base.names import core_words, fold, likeness, sound
from openterms.core.cash.values import Known, Payer

LIKE_ENOUGH, CLEARLY_BEST, MOST_COMPARED = 88, 4, 200
_STRENGTH = (Known.ACCOUNT, Known.ALIAS, Known.NAME, Known.LIKE, Known.GROUP)


def account_key(account: str) -> str:
    """An account without spaces and signs, in capitals."""
    return "".join(letter for letter in account.upper() if letter.isalnum())


class Payers:
    """The customers of a seller as payers. Each answer is remembered, as the same payers pay again."""

    def __init__(self, payers: Sequence[Payer]) -> None:
        self.payers = payers
        self.accounts: dict[str, set[str]] = {}
        self.aliases: dict[str, set[str]] = {}
        self.names: dict[tuple[str, ...], set[str]] = {}
        self.sounds: dict[str, set[int]] = {}
        self.groups: dict[str, set[str]] = {}
        self.group_of = {one.customer: one.group for one in payers if one.group}
        self._answers: dict[tuple[str, str], dict[str, Known]] = {}
        for position, one in enumerate(payers):
            for account in filter(None, map(account_key, one.accounts)):
                self.accounts.setdefault(account, set()).add(one.customer)
            for alias in one.aliases:
                self.aliases.setdefault(fold(alias), set()).add(one.customer)
            for name in one.names:
                words = core_words(name)
                self.names.setdefault(tuple(sorted(words)), set()).add(one.customer)
                for heard in filter(None, map(sound, words)):
                    self.sounds.setdefault(heard, set()).add(position)
            if one.group:
                self.groups.setdefault(one.group, set()).add(one.customer)

    def of(self, name: str, account: str) -> dict[str, Known]:
        """The customers that a payer may be, each with the strongest sign; empty where nothing is known."""
        key = (fold(name), account_key(account))
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._with_groups(self._direct(name, key))
        return answer

    def _direct(self, name: str, key: tuple[str, str]) -> dict[str, Known]:
        folded, account = key
        for customers, known in (
            (self.accounts.get(account, set()) if account else set(), Known.ACCOUNT),
            (self.aliases.get(folded, set()) if folded else set(), Known.ALIAS),
            (self.names.get(tuple(sorted(core_words(name))), set()) if folded else set(), Known.NAME),
        ):
            if customers:
                return dict.fromkeys(sorted(customers), known)
        return self._alike(name) if folded else {}

    def _alike(self, name: str) -> dict[str, Known]:
        """Customers whose name is like it, where they are clearly more alike than the next."""
        near: set[int] = set()
        heard = [self.sounds[one] for one in map(sound, core_words(name)) if one in self.sounds]
        for positions in sorted(heard, key=len)[:3]:
            if len(near) + len(positions) <= MOST_COMPARED:
                near |= positions
        scores: dict[str, int] = {}
        for position in near:
            one = self.payers[position]
            scores[one.customer] = max(likeness(name, other) for other in one.names)
        best = max(scores.values(), default=0)
        if best < LIKE_ENOUGH:
            return {}
        return {one: Known.LIKE for one, score in sorted(scores.items()) if score > best - CLEARLY_BEST}

    def _with_groups(self, direct: dict[str, Known]) -> dict[str, Known]:
        answer = dict(direct)
        for customer in direct:
            for other in sorted(self.groups.get(self.group_of.get(customer, ""), ())):
                answer.setdefault(other, Known.GROUP)
        return answer
