"""How the command reads a text file, and what it does about characters that a model does not know."""

from collections import Counter

from lstm_scratch.char_model import CharLM
from lstm_scratch.text import Vocabulary, read_exactly, without_gutenberg_notices

# of more different characters than these, the rest is only counted
MOST_NAMED = 5


def read(path: str, encoding: str) -> str:
    """The text of the file, line ends as newlines, without Project Gutenberg's notices; prints what was left out.

    Raises ValueError, with advice, if the file is no text in this encoding.
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


def unknown_characters(text: str, model: CharLM) -> Counter[str]:
    """The characters of the text that the model does not know, with how often each of them is there."""
    counted = Counter(text)
    return Counter({char: times for char, times in counted.items() if char not in model.vocabulary.index})


def described(unknown: Counter[str]) -> str:
    """How many characters these are, and which, the most frequent first: 8 characters (6 x 'é' U+00E9, 2 x ...)."""
    # of equally frequent ones, the first in the alphabet, so that the same text gives the same words
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    # the code point distinguishes characters that look alike
    named = [f"{times:,} x {char!r} U+{ord(char):04X}" for char, times in ordered[:MOST_NAMED]]
    if len(ordered) > MOST_NAMED:
        named.append(f"and {len(ordered) - MOST_NAMED:,} others")
    total = unknown.total()
    return f"{total:,} character{'s' if total > 1 else ''} ({', '.join(named)})"


def check_known(what: str, text: str, model: CharLM, remedy: str) -> None:
    """Raise ValueError, with what would help, if the model does not know all characters of what is so named."""
    unknown = unknown_characters(text, model)
    if unknown:
        raise ValueError(f"{what} has {described(unknown)} that the model does not know: {remedy}")


def without_unknown(path: str, text: str, model: CharLM) -> str:
    """The text without the characters that the model does not know; prints how many they were, and which."""
    unknown = unknown_characters(text, model)
    if not unknown:
        return text
    print(f"{path}: passed over {described(unknown)} that the model does not know")
    return text.translate(dict.fromkeys(map(ord, unknown)))


def with_characters(model: CharLM, text: str, seed: int) -> CharLM:
    """A copy of the model that knows all characters of the text, too.

    The weights of a character that is new to it are those of a new model, and its bias is the lowest that there is, so
    that the copy hardly expects it before it has been trained. The scores of the others stay as they are.
    """
    known = model.vocabulary.characters
    copy = CharLM(Vocabulary(sorted({*known, *text})), model.hidden_size, dtype=model.dtype, rng=seed)
    places = copy.vocabulary.encode("".join(known))
    # a character has a column of W, a row of W_y and an entry of b_y
    copy.params["W"][:, places] = model.params["W"]
    copy.params["W_y"][places] = model.params["W_y"]
    copy.params["b_y"][...] = model.params["b_y"].min()
    copy.params["b_y"][places] = model.params["b_y"]
    for name in ("U", "b"):
        copy.params[name][...] = model.params[name]
    return copy
