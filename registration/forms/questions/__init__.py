"""Questions in forms: to answer them, and to set them."""

from registration.forms.questions.asking import (
    QuestionsForm,
    Standing,
    most_bytes,
    preview,
    word_of_value,
)
from registration.forms.questions.setting import QuestionForm, kind_words, told_by

__all__ = [
    "QuestionForm",
    "QuestionsForm",
    "Standing",
    "kind_words",
    "most_bytes",
    "preview",
    "told_by",
    "word_of_value",
]
