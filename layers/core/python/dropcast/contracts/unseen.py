"""Invisible characters as escapes: a key or a column's name may be any text."""

import re

# They end a line, move the cursor or turn the direction of writing: a name with them could write
# lines of its own into a report, or control a terminal.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def spell_unseen(text: str) -> str:
    r"""Return the text with each such character as its escape.

    >>> print(spell_unseen("a\nb"))
    a\nb
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
