"""How the command reads a text file, and what it does with characters that a model does not know."""

from collections import Counter

from lstm_scratch.char_model import CharLM
from lstm_scratch.text import read_exactly, without_gutenberg_notices

# if there are more different characters than this, the others are only counted
MOST_NAMED = 5


def read(path: str, encoding: str) -> str:
    """The text of the file, with newlines as line ends, without Project Gutenberg's notices; print what was left out.

    Raises ValueError, with advice, if the file is not a text in this encoding.
    """
    # a byte order mark, which utf-16-le and utf-16-be leave in place, is no part of the text
    whole = read_exactly(path, encoding).removeprefix("\ufeff")
    lines = whole.replace("\r\n", "\n").replace("\r", "\n")
    text = without_gutenberg_notices(lines)
    returns = len(whole) - len(lines)
    notices = len(lines) - len(text)
    left_out = []
    if returns:
        left_out.append(f"{returns:,} \\r of line ends")
    if notices:
        left_out.append(f"{notices:,} of Project Gutenberg's notices")
    without = f", without {' and '.join(left_out)}" if left_out else ""
    print(f"{path}: {len(whole):,} characters{without}")
    return text


def too_few(characters: int) -> str:
    """How many characters a text has, where that is not enough."""
    if not characters:
        return "no characters, which is too few"
    return "1 character, which is too few" if characters == 1 else f"{characters} characters, which are too few"


def unknown_characters(text: str, model: CharLM) -> Counter[str]:
    """The characters of the text that are not in the model's vocabulary, and how often each of them occurs."""
    counted = Counter(text)
    return Counter({char: times for char, times in counted.items() if char not in model.vocabulary.index})


def described(unknown: Counter[str]) -> str:
    """How many characters these are, and which, the most frequent first, as in 8 characters (6 x 'é' U+00E9, ...)."""
    # equally frequent ones are in alphabetical order, so that the same text always gives the same words
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    # the code point distinguishes characters that look alike
    named = [f"{times:,} x {char!r} U+{ord(char):04X}" for char, times in ordered[:MOST_NAMED]]
    if len(ordered) > MOST_NAMED:
        more = len(ordered) - MOST_NAMED
        named.append(f"and {more:,} other{'s' if more > 1 else ''}")
    total = unknown.total()
    return f"{total:,} character{'s' if total > 1 else ''} ({', '.join(named)})"


def check_known(what: str, text: str, model: CharLM, remedy: str) -> None:
    """Raise ValueError if the model does not know all characters of the text. The message begins with `what` it is."""
    unknown = unknown_characters(text, model)
    if unknown:
        raise ValueError(f"{what} has {described(unknown)} that the model does not know: {remedy}")


def without_unknown(path: str, text: str, model: CharLM) -> str:
    """The text without the characters that the model does not know; print how many there were, and which."""
    unknown = unknown_characters(text, model)
    if not unknown:
        return text
    print(f"{path}: left out {described(unknown)} that the model does not know")
    return text.translate(dict.fromkeys(map(ord, unknown)))
