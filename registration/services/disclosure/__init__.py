"""Disclosure: everything that is stored about one person, for that person (GDPR art. 15 and 20)."""

from registration.services.disclosure.telling import disclose
from registration.services.disclosure.writing import as_csv, as_json

__all__ = ["as_csv", "as_json", "disclose"]
