"""What a sentence is about: a naive Bayes of words and pairs of words, learnt from sentences kept beside it.

Several hundred sentences and eleven kinds need no more than this; learning takes some milliseconds and no library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import exp, log

import yaml

from .folding import fold
from .kinds import ReplyKind

FILES = ("replies_en.yaml", "replies_ar.yaml")
SMOOTHING = 0.35
WARMTH = 0.8
"""Words are not as independent as the rule takes them for: the odds are taken down by this power."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_PREFIXES = ("وال", "بال", "ال", "لل", "و", "ب")
_SMALL = """
    the a an of to in on at is are be our your we i you it and for with as by from my us please
    في من علي الي عن هذه هذا ان مع ما
"""
_COMMON = frozenset(_SMALL.split())



def words_of(folded: str) -> list[str]:
    """The words of a folded sentence as the classifier sees them: figures are alike, Arabic without its prefixes."""
    words = []
    for word in _WORD.findall(folded)[:120]:
        if word.isdigit():
            word = "#"
        elif word[0] >= "\u0600":
            word = next((word[len(p) :] for p in _PREFIXES if word.startswith(p) and len(word) > len(p) + 2), word)
        elif len(word) > 4:
            word = re.sub(r"(?:ing|ed|es|s)$", "", word)
        words.append(word)
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return [one for one in words if one not in _COMMON] + pairs


class Classifier:
    """What was learnt: for each kind its words, in so many sentences."""

    def __init__(self, sentences: Mapping[ReplyKind, Iterable[str]]) -> None:
        self.counts = {kind: Counter(word for one in given for word in set(words_of(fold(one).text)))
                       for kind, given in sentences.items()}  # fmt: skip
        self.sizes = {kind: sum(counted.values()) for kind, counted in self.counts.items()}
        self.known = frozenset(word for counted in self.counts.values() for word in counted)

    def odds(self, folded: str) -> dict[ReplyKind, float]:
        """How likely each kind is, summing to one. A sentence without any known word is `other`."""
        seen = set(words_of(folded)) & self.known
        if not seen:
            return {kind: 1.0 if kind is ReplyKind.OTHER else 0.0 for kind in self.counts}
        scores = {}
        for kind, counted in self.counts.items():
            below = self.sizes[kind] + SMOOTHING * len(self.known)
            scores[kind] = WARMTH * sum(log((counted[word] + SMOOTHING) / below) for word in seen)
        most = max(scores.values())
        raw = {kind: exp(score - most) for kind, score in scores.items()}
        whole = sum(raw.values())
        return {kind: value / whole for kind, value in raw.items()}


def classifier_of(documents: Iterable[str]) -> Classifier:
    """A classifier that learns from documents: YAML with sentences by kind. Errors: ValueError for an unknown kind."""
    sentences: dict[ReplyKind, list[str]] = {kind: [] for kind in ReplyKind}
    for document in documents:
        for kind, given in yaml.safe_load(document).items():
            sentences[ReplyKind(kind)] += given
    return Classifier(sentences)
