"""How a source writes values, undone before they are judged: one text at a time, and by column.

A column is made plain text by text too, each different text once, so both ways are one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dropcast.ingest.values.arrays import (
    Flags,
    make_integers,
    make_texts,
    may_have_blank_ends,
    read_flags,
    read_lengths,
    read_valid,
)
from dropcast.ingest.values.numbers import NUMBER, NUMERIC_KINDS
from dropcast.recipe import Column, Source

# What no number is: it stands for a text that is none in the source's dialect.
_NO_NUMBER = "?"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_LONGEST = 64


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The words and separators of one recipe's source."""

    source: Source = field(default_factory=Source)

    @cached_property
    def missing(self) -> frozenset[str]:
        """The words for a missing value.

        A text is compared without blanks around it, so a word that has some never is one.
        """
        return frozenset(word for word in self.source.missing if word == word.strip())

    @cached_property
    def misses_values(self) -> bool:
        """Whether a word for a missing value is also what a typed value is written as.

        That may be a number, a boolean or a time; ``nan`` is apart, for it stands for nothing else.
        """
        return any(
            word in ("true", "false") or word.endswith("inf") or any(map(str.isdigit, word))
            for word in self.missing
        )

    @cached_property
    def plain_numbers(self) -> bool:
        """Whether a number is written as Python writes it, and no other way."""
        return self.source.thousands_separator is None and self.source.decimal_separator == "."

    def make_plain(self, text: str, column: Column) -> str:
        """Return a text without blanks around it in plain dialect."""
        change = self._find_change(column)
        stripped = text.strip()
        return change(stripped) if change and stripped not in self.missing else stripped

    def make_plain_column(self, texts: pa.Array, column: Column) -> pa.Array:
        """Return :meth:`make_plain` of each text of a string array, nulls as they are."""
        trimmed = pc.utf8_trim_whitespace(texts) if may_have_blank_ends(texts) else texts
        if self._find_change(column) is None:
            return trimmed
        encoded = trimmed.dictionary_encode()
        words = [self.make_plain(word, column) for word in encoded.dictionary.to_pylist()]
        return make_texts(words).take(encoded.indices) if words else trimmed

    def find_missing(self, texts: pa.Array) -> Flags:
        """Return which texts of a plain column are missing."""
        lengths = read_lengths(texts)
        absent: Flags = (lengths == 0) & read_valid(texts)
        if self.missing:
            as_long = np.flatnonzero(self._missing_lengths[np.minimum(lengths, _LONGEST)])
            if as_long.size:
                words = texts.take(make_integers(as_long))
                absent[as_long] |= read_flags(pc.is_in(words, self._missing_words))
        return absent

    @cached_property
    def _missing_words(self) -> pa.Array:
        return make_texts(sorted(self.missing))

    @cached_property
    def _missing_lengths(self) -> Flags:
        """Which texts may be a word for a missing value, by their bytes.

        Shape (_LONGEST + 1,); the last is for all texts that are as long or longer.
        """
        lengths = np.zeros(_LONGEST + 1, dtype=bool)
        lengths[[min(len(word.encode()), _LONGEST) for word in self.missing if word]] = True
        return lengths

    def write_number(self, digits: str) -> str:
        """Return a number as the source writes it, thousands not set apart."""
        return digits.replace(".", self.source.decimal_separator)

    def clean_name(self, text: str) -> str:
        """Return a text with its blanks collapsed and without the source's suffixes."""
        if self.source.collapse_blanks:
            text = " ".join(text.split())
        text = text.strip()
        while suffix := next((s for s in self.source.strip_suffixes if text.endswith(s)), None):
            text = text.removesuffix(suffix).rstrip()
        return text

    @cached_property
    def months(self) -> Mapping[str, int]:
        """Month names in lower case -> 1 to 12: the source's own, or the English ones."""
        names = self.source.month_names or _MONTHS
        return {name.casefold(): number for number, name in enumerate(names, 1)}

    def _find_change(self, column: Column) -> Callable[[str], str] | None:
        if column.kind in NUMERIC_KINDS:
            return None if self.plain_numbers else self._make_plain_number
        if column.kind == "timestamp":
            return self._make_plain_months if self.source.month_names else None
        if column.kind == "text":
            synonyms = self._synonyms.get(column.name)
            if synonyms:
                return lambda text: synonyms.get(cleaned := self.clean_name(text), cleaned)
            if self.source.collapse_blanks or self.source.strip_suffixes:
                return self.clean_name
        return None

    @cached_property
    def _synonyms(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for synonyms in self.source.synonyms:
            known = found.setdefault(synonyms.column, {})
            known |= {self.clean_name(written): synonyms.text for written in synonyms.written}
        return found

    def _make_plain_number(self, text: str) -> str:
        if self._grouped and self._grouped.fullmatch(text):
            text = text.replace(self.source.thousands_separator or "", "")
        elif not self._ungrouped.fullmatch(text):
            # Words as "inf" keep their own reason; digits set apart another way are no number.
            return _NO_NUMBER if any(character.isdigit() for character in text) else text
        return text.replace(self.source.decimal_separator, ".")

    @cached_property
    def _ungrouped(self) -> re.Pattern[str]:
        return re.compile(NUMBER.replace(r"\.", re.escape(self.source.decimal_separator)))

    @cached_property
    def _grouped(self) -> re.Pattern[str] | None:
        if self.source.thousands_separator is None:
            return None
        separator = re.escape(self.source.thousands_separator)
        rest = re.escape(self.source.decimal_separator)
        return re.compile(rf"[+-]?[0-9]{{1,3}}(?:{separator}[0-9]{{3}})+(?:{rest}[0-9]*)?")

    def _make_plain_months(self, text: str) -> str:
        return self._month.sub(lambda m: _MONTHS[self.months[m[0].casefold()] - 1], text)

    @cached_property
    def _month(self) -> re.Pattern[str]:
        names = "|".join(re.escape(name) for name in self.source.month_names)
        return re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
