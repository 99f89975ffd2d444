"""Reading price books: those that come with the platform, and files of a customer's own prices."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cloudflow_lib.adapters.prices.documents import BookDocument, OverridesDocument
from cloudflow_lib.domain.prices import PriceBook, book_hash
from cloudflow_lib.domain.prices_derived import overridden, stressed
from cloudflow_lib.errors import NotFoundError, WrongInputError

SHIPPED = files("cloudflow_lib") / "prices"
STRESS = "stress"
"""The AWS book under stress: made, not stored."""
BOOKS = ("aws", "azure", "gcs", STRESS)

__all__ = ["BOOKS", "STRESS", "book_hash", "price_book", "read_book", "shipped_book"]

T = TypeVar("T", bound=BaseModel)


def read_book(path: Path) -> PriceBook:
    """Return the price book in a file; WrongInputError tells all that is wrong with it."""
    return _parsed(_text(path), BookDocument, str(path)).book()


@cache
def shipped_book(name: str) -> PriceBook:
    """Return one of `BOOKS`; NotFoundError for any other name."""
    if name == STRESS:
        return stressed(shipped_book("aws"))
    if name not in BOOKS:
        raise NotFoundError(f"there is no price book {name!r}; there are {', '.join(BOOKS)}")
    return _parsed((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"), BookDocument, f"{name}.toml").book()


def price_book(name_or_path: str, overrides: Path | None = None) -> PriceBook:
    """Return a shipped book by its name, or one in a TOML file by its path, with the customer's own prices."""
    book = read_book(Path(name_or_path)) if name_or_path.endswith(".toml") else shipped_book(name_or_path)
    if overrides is None:
        return book
    own = _parsed(_text(overrides), OverridesDocument, str(overrides))
    return overridden(book, [document.override() for document in own.overrides])


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInputError(f"cannot read {path}: {error}") from error


def _parsed(text: str, document: type[T], title: str) -> T:
    try:
        return document.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongInputError(f"{title} is no TOML: {error}") from error
    except ValidationError as error:
        told = [f"{'.'.join(map(str, mistake['loc'])) or 'book'}: {mistake['msg']}" for mistake in error.errors()]
        raise WrongInputError(f"{title}: {'; '.join(told)}") from error
