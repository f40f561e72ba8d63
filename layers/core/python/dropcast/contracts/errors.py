"""Every error that one package raises for another; an operator reads its docstring.

Errors are divided by what ends them, and Step Functions and the HTTP functions act on that (never
on a message's text): a ``DataError`` needs another file or recipe and is not retried; a
``TransientError`` passes by itself and is retried.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice

from dropcast.contracts.limits import MAX_PROBLEMS

Problem = dict[str, object]
_SHOWN_CHARACTERS = 60
# The content type of an error over HTTP (RFC 9457), and the phrase of each status (RFC 9110), which
# is the title of a problem whose type is "about:blank".
PROBLEM_CONTENT_TYPE = "application/problem+json"
PHRASES: Mapping[int, str] = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class DropcastError(Exception):
    """Something in Dropcast failed; the message says what, where and the remedy."""


class DataError(DropcastError):
    """The data or the recipe cannot be used as it is; trying again changes nothing."""


class TransientError(DropcastError):
    """A service was busy or another writer was faster; the same call may succeed later."""


class DocumentError(DataError):
    """A stored document does not have the fields that this release reads."""


class KeyGrammarError(DataError):
    """An S3 key does not belong to the part of the bucket that it was read from."""


class InvalidEventError(DataError):
    """An event lacks what Dropcast reads of it; its bucket must have versioning turned on."""


class RecipeError(DataError):
    """A recipe contradicts itself; every contradiction is listed."""


class UnknownDatasetError(DataError):
    """No recipe has this dataset's name."""


class ReferenceTableError(UnknownDatasetError):
    """The dataset is a reference table, which other recipes read and which has no model."""


class MisplacedDropError(UnknownDatasetError):
    """A dropped file's key names no dataset; the message says where it belongs."""


class FileRefusedError(DataError):
    """A dropped file cannot be understood as this dataset; nothing of it was taken."""


class EmptyDatasetError(DataError):
    """A dataset has no version yet; drop a file under raw/<dataset>/ first."""


class FeaturesNotReadyError(TransientError):
    """The feature table of this dataset version is not written yet."""


class FeaturesFailedError(DropcastError):
    """Features of datasets that read a reference table could not be built; each has its reason."""


class StaleSchemaError(DataError):
    """Parts were read under other columns than the recipe has now; drop those files again."""


class StaleRunError(DataError):
    """The run was started under another recipe than the one deployed now; start it again."""


class InvalidRunError(DataError):
    """A run was started with an input that is not {"dataset": "<name>"} or a whole run."""


class TooFewRowsError(DataError):
    """There are too few rows, of the whole or of one class, to split, fit and judge a model."""


class InvalidTargetError(DataError):
    """The recipe's target gives values that are no class of it, or that cannot be learned."""


class MissingReferenceError(DataError):
    """A reference table that the recipe reads has no version yet; drop its file first."""


class NoCandidateError(DataError):
    """None of the recipe's candidates could be fitted; each one's reason is listed."""


class ProgramError(DataError):
    """A scoring program is damaged, of another format, or not the one the registry names."""


class ProgramDisagreesError(DataError):
    """The compiled scoring program and the fitted pipeline give different predictions."""


class ObjectNotFoundError(DropcastError):
    """No object is stored under this key."""


class StoreRefusedError(DropcastError):
    """The store does not let this function touch an object: so its role or the bucket says."""


class StoreBusyError(TransientError):
    """The store did not answer in time, or answered that it cannot just now."""


class ContendedError(TransientError):
    """Other writers kept moving the same pointer; the change was not made."""


class NoChampionError(DropcastError):
    """No model of this dataset has passed its gate yet."""


class NoModelError(DropcastError):
    """No model predicts for this name: no dataset has it, or no model has passed its gate."""


class InvalidRequestError(DropcastError):
    """A prediction request does not fit the recipe; every field's problem is listed."""

    def __init__(self, problems: Iterable[dict[str, object]]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problem(s) in the request")


class InvalidBodyError(InvalidRequestError):
    """The body of an upload or a rollback breaks the API document; every problem is listed."""


class KeyNotAllowedError(DropcastError):
    """The API key is known and may not use this route; the message says which keys may."""


class UnknownModelError(DropcastError):
    """No model of this name was ever registered for the dataset."""


class UnknownPageError(DropcastError):
    """The API document's page has no file of this name."""


class ChampionMovedError(DropcastError):
    """The champion is another one than the caller thinks, or moved at the same moment."""


class UnservableModelError(DropcastError):
    """A registered model's program is missing, damaged, or of a format of another release."""


class RequestTooLargeError(DropcastError):
    """A prediction request has more bytes or rows than one call may carry."""


class MediaTypeError(DropcastError):
    """A request's body is declared to be something other than JSON."""


def make_problem(field: str | None, sentence: str) -> Problem:
    """Return the problem of a field, or of the whole body.

    >>> make_problem("to", "is missing")
    {'row': None, 'field': 'to', 'problem': 'to: is missing'}
    """
    problem = sentence if field is None else f"{field}: {sentence}"
    return {"row": None, "field": field, "problem": problem}


def list_field_problems(
    names: Collection[str], make_sentence: Callable[[str], str]
) -> list[Problem]:
    """Return a problem for each of a client's field names, which are shortened.

    At most :data:`MAX_PROBLEMS` are listed, and one more that counts the others.
    """
    shown = [name[:_SHOWN_CHARACTERS] for name in islice(names, MAX_PROBLEMS)]
    problems: list[Problem] = [
        {"row": None, "field": name, "problem": make_sentence(name)} for name in shown
    ]
    more = len(names) - len(shown)
    return [*problems, make_problem(None, f"and {more:,} more problem(s)")] if more else problems


def describe_unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known, with the nearest known one.

    >>> describe_unknown("recipe", "bitcon", ["bitcoin", "sipsa_prices"])
    "no recipe 'bitcon'; known: bitcoin, sipsa_prices; did you mean 'bitcoin'?"
    """
    import difflib  # noqa: PLC0415 - 1 ms of a cold start, for a sentence that is seldom said

    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"no {what} '{name}'; known: {', '.join(names) or 'none'}{hint}"
