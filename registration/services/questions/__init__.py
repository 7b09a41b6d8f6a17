"""Questions: what an event asks beyond the form's own fields, and what people answer."""

from registration.services.questions.answers import (
    Told,
    answers_of,
    change,
    file_of,
    purge,
    store,
    told_by,
)
from registration.services.questions.asking import (
    applying,
    kept_answers,
    list_all,
    list_asked,
    missing_of,
    unanswered,
)
from registration.services.questions.files import Upload, accept
from registration.services.questions.reading import advice, parse, refused
from registration.services.questions.wording import codes, day, title_of, words

__all__ = [
    "Told",
    "Upload",
    "accept",
    "advice",
    "answers_of",
    "applying",
    "change",
    "codes",
    "day",
    "file_of",
    "kept_answers",
    "list_all",
    "list_asked",
    "missing_of",
    "parse",
    "purge",
    "refused",
    "store",
    "title_of",
    "told_by",
    "unanswered",
    "words",
]
