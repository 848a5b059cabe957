"""Names of companies and people, compared: folded, without legal forms, in Latin and Arabic script (FACTBOOK 9.3)."""

from __future__ import annotations

import re
import unicodedata

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None})
_WORD = re.compile(r"\w+")

_FORMS = """
    ab ag aps as asa bhd bv bvba co company corp corporation cv doo eeig eg ek eood ev fzc fzco fze
    fzllc gbr gesmbh gie gmbh hf inc incorporated jsc kft kg kgaa lda limited llc llp lp ltd ltda mbh nv
    oao ohg ood oy oyj pjsc plc pte pty pvt sa saog saoc sarl sas sasu sae sal scs se sl slu snc spa
    spol spzoo srl sro srls ug ulc wll zao شركه مؤسسه موسسه المحدوده محدوده ذمم شمم شمل شمك شمع شذمم
    تضامنيه مساهمه مقفله وشركاه وشركاوه فرديه
"""
LEGAL_FORMS = frozenset(_FORMS.split())
"""Words that say what kind of company it is and nothing about which one, folded; written together where dotted."""

_SMALL_WORDS = """
    al el ال and und et y e og och of the de der die das la le les di el for و في من
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_SPELT = re.compile(r"\b(?:\w\s){1,5}\w\b")
_ARTICLE = re.compile(r"^(?:وال|ال)(?=\w{3})")
_LATIN_ARTICLE = re.compile(r"^al(?=[b-df-hj-np-tv-z]\w{2})")

_SOUNDS = {
    "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "k", "د": "d", "ذ": "d", "ر": "r", "ز": "z", "س": "s",
    "ش": "s", "ص": "s", "ض": "d", "ط": "t", "ظ": "z", "ع": "", "غ": "g", "ف": "f", "ق": "k", "ك": "k", "ل": "l",
    "م": "m", "ن": "n", "ه": "h", "و": "", "ي": "", "ا": "", "ء": "", "پ": "b", "چ": "j", "گ": "g", "ڤ": "f",
}  # fmt: skip
_LATIN_SOUNDS = (
    ("sch", "s"), ("kh", "k"), ("gh", "g"), ("sh", "s"), ("th", "t"), ("dh", "d"), ("ph", "f"), ("ch", "s"),
    ("ck", "k"), ("q", "k"), ("c", "k"), ("x", "ks"), ("v", "f"), ("p", "b"), ("w", ""), ("y", ""),
)  # fmt: skip
_VOWELS = re.compile(r"[aeiou]")
_DOUBLE = re.compile(r"(.)\1+")


def fold(text: str) -> str:
    """`Müller & Söhne GmbH` -> `muller sohne gmbh`; Arabic loses its marks and variants of letters become one."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_ARABIC)
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(kept))


def core_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others: folded, without legal forms, articles and small words.

    Where nothing else is left (`The Company Ltd`), all its words.
    """
    folded = _SPELT.sub(lambda found: found.group().replace(" ", ""), fold(name))
    words = [_bare(word) for word in folded.split()]
    kept = tuple(word for word in words if word not in LEGAL_FORMS and word not in _SMALL)
    return kept or tuple(words)


def _bare(word: str) -> str:
    if word in LEGAL_FORMS:
        return word
    return _LATIN_ARTICLE.sub("", _ARTICLE.sub("", word))


def sound(word: str) -> str:
    """The consonants of a word in one alphabet, so that `الراجحي` and `Al-Rajhi` are alike; empty where none is left.

    A rough transliteration that is good for finding candidates and for comparing across scripts, not for showing.
    """
    bare = _bare(fold(word).replace(" ", ""))
    if is_arabic(bare):
        spelt = "".join(_SOUNDS.get(letter, letter if letter.isdigit() else "") for letter in bare)
    else:
        for written, heard in _LATIN_SOUNDS:
            bare = bare.replace(written, heard)
        spelt = _VOWELS.sub("", bare)
    return _DOUBLE.sub(r"\1", spelt)


_LATIN_STARTS = {
    "b": "bp", "t": "t", "j": "jg", "h": "h", "k": "kqc", "d": "d", "r": "r", "z": "z", "s": "sc", "g": "g",
    "f": "fvp", "l": "l", "m": "m", "n": "n",
}  # fmt: skip
_VOWEL_STARTS = {True: "aeiouwy", False: "اعويء"}


def starts_across(word: str) -> tuple[str, ...]:
    """How a word that sounds like this one may begin in the other script, with and without the article."""
    bare = _bare(fold(word).replace(" ", ""))
    heard, from_arabic = sound(bare), is_arabic(bare)
    if not bare or not heard:
        return ()
    begins_with_vowel = bare[0] in _VOWEL_STARTS[False] if from_arabic else bool(_VOWELS.match(bare) or bare[0] in "wy")
    if begins_with_vowel:
        letters = list(_VOWEL_STARTS[from_arabic])
    elif from_arabic:
        letters = list(_LATIN_STARTS.get(heard[0], ""))
    else:
        letters = [letter for letter, spelt in _SOUNDS.items() if spelt == heard[0]]
    article = "al" if from_arabic else "ال"
    return tuple(sorted(start for letter in letters for start in (letter, article + letter)))


def is_arabic(text: str) -> bool:
    """Whether a text has Arabic letters."""
    return any("\u0600" <= letter <= "\u06ff" for letter in text)


def likeness(left: str, right: str) -> int:
    """How alike two names are, 0 to 100, whatever the order of words, the legal form and the script.

    Of one script: the better of the sorted words' ratio and Jaro-Winkler; a name that is contained whole in the other
    counts up to 95. Across scripts the sounds are compared, counting up to 90.
    """
    one, other = core_words(left), core_words(right)
    if not one or not other:
        return 0
    if is_arabic(left) != is_arabic(right):
        heard = [" ".join(sorted(filter(None, map(sound, words)))) for words in (one, other)]
        if min(map(len, heard)) < 3:
            return 0
        return min(90, round(token_sort_ratio(*heard)))
    first, second = " ".join(sorted(one)), " ".join(sorted(other))
    best = max(token_sort_ratio(first, second), 100 * JaroWinkler.similarity(first, second) - 4)
    if min(len(one), len(other)) >= 2 or min(len(first), len(second)) >= 6:
        best = max(best, min(95, token_set_ratio(first, second)))
    return round(best) if first != second else 100
