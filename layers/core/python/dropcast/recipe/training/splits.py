"""Which rows are test rows."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class StratifiedSplit:
    """A share of each class, or of all rows of a regression, is test rows.

    The rows are chosen by a hash of their features and the seed: equal rows are on the same side,
    and a row keeps its side when other rows are added.

    Parameters
    ----------
    test_fraction
        The share, between 0 and 1.
    seed
        The seed of the hash.
    mixes
        The timestamps and entities whose rows may be among both training and test rows.

    Examples
    --------
    >>> StratifiedSplit(test_fraction=0.2, seed=0).mixes
    ()
    """

    tagged: ClassVar[bool] = True
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupSplit:
    """A share of the groups is test rows, and no group is on both sides.

    The groups are chosen by a hash of the group and the seed.

    Parameters
    ----------
    column
        The column whose values are the groups, such as an artist.
    test_fraction
        The share of the groups, between 0 and 1.
    seed
        The seed of the hash.
    mixes
        The timestamps and other entities whose rows may be among both training and test rows.

    Examples
    --------
    >>> GroupSplit(column="artist", test_fraction=0.2, seed=0).column
    'artist'
    """

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float
    seed: int
    mixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """The latest rows by a timestamp column are test rows.

    Rows of the same instant are on the same side. Give ``test_fraction`` or ``test_days``.

    Parameters
    ----------
    column
        The timestamp column.
    test_fraction
        The share of the rows that are test rows, between 0 and 1.
    test_days
        The days before the newest row whose rows are test rows.
    gap_days
        Rows so many days or less before the first test row are on neither side, because their
        target or a window reads the time of the test.
    maturity_days
        How long a label takes to become final. Rows younger than that, counted from the newest
        row, are no test rows, and rows so close before the first test row are no training rows:
        their labels would not have been final then.
    window_days
        Rows older than that, counted from the newest row, are on neither side.

    Examples
    --------
    >>> TimeSplit(column="sold_at", test_days=28, gap_days=1).window_days is None
    True
    """

    tagged: ClassVar[bool] = True
    column: str
    test_fraction: float | None = None
    test_days: float | None = None
    gap_days: float = 0.0
    maturity_days: float = 0.0
    window_days: float | None = None


Split = StratifiedSplit | GroupSplit | TimeSplit
