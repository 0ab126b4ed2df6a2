"""Draw the passwords that people choose: what has no format, and seldom the entropy of a generated one."""

from __future__ import annotations

import string
from functools import cache
from importlib.resources import files
from random import Random

SIGNS = "!@#%^*_-+=?.~"
"""What stands in a password as it is in nearly every host syntax."""
AWKWARD = SIGNS + "$&();,|"
"""And what some of them give a meaning to."""
_NAMES = (
    "Bella", "Simba", "Rocky", "Luna", "Oliver", "Charlotte", "Juventus", "Arsenal", "Lakers", "Porto", "Valencia",
    "Bergen", "Krakow", "Nagoya", "Winter", "Spring", "Summer", "Autumn", "Monday", "Friday", "October", "Jessica",
    "Thomas", "Daniela", "Sophie", "Marcel", "Yamaha", "Ferrari", "Pikachu", "Gandalf", "Matrix", "Phoenix",
)  # fmt: skip
_WEAK = ("admin", "root", "postgres", "test", "guest", "welcome", "qwerty", "letmein", "oracle", "welkom")
_ENDS = ("123", "1234", "2023", "@123", "01", "!", "321", "#1")
_LEET = str.maketrans({"a": "@", "e": "3", "o": "0", "i": "1", "s": "$"})


def human(random: Random, _size: int = 0) -> bytes:
    """Draw a word or a name with digits, signs or both, as policies make people write it: 8 to 20 characters."""
    word, other = _word(random), _word(random)
    year, few, sign = str(random.randint(1962, 2026)), str(random.randint(10, 999)), random.choice("!@#*.-_?")
    forms = (
        word.title() + year + sign,
        word.title() + sign + few + sign,
        word + sign + year,
        word.title() + other.title() + few,
        word.lower() + other.lower() + year[2:],
        word.lower() + few + other[0].upper() + other[1:],
        word.title()[0] + word[1:].translate(_LEET) + few + sign,
        sign + word.upper() + year[2:] + other.lower(),
    )
    return random.choice(forms).encode()


def weak(random: Random, _size: int = 0) -> bytes:
    """Draw one that every list of bad passwords begins with, and that servers run with all the same."""
    return (random.choice(_WEAK) + random.choice(_ENDS)).encode()


def phrase(random: Random, _size: int = 0) -> bytes:
    """Draw four words, joined."""
    return random.choice("-._").join(_word(random).lower() for _ in range(4)).encode()


def strong(random: Random, size: int = 0) -> bytes:
    """Draw what a password manager makes: letters, digits, and a few signs that most syntaxes leave alone."""
    return _mixed(random, size or 18, SIGNS)


def awkward(random: Random, size: int = 0) -> bytes:
    """Draw one with signs that shells and URLs would take for their own: for quoted places only."""
    return _mixed(random, size or 18, AWKWARD)


def _mixed(random: Random, size: int, signs: str) -> bytes:
    some = random.randint(2, 4)
    drawn = random.choices(string.ascii_letters + string.digits, k=size - some - 1) + random.choices(signs, k=some)
    random.shuffle(drawn)
    return (random.choice(string.ascii_letters) + "".join(drawn)).encode()


def _word(random: Random) -> str:
    return random.choice(_NAMES if random.random() < 0.4 else _words())


@cache
def _words() -> tuple[str, ...]:
    """Return the ordinary words among those that the scorer knows too, whose licence its file names."""
    text = (files("stanch.scoring") / "words.txt").read_text("ascii")
    return tuple(line for line in text.splitlines() if line.isalpha() and 4 <= len(line) <= 7)
