"""Questions in forms: to answer them, and to set them."""

from registration.forms.questions.asking import QuestionsForm, Standing, most_bytes

__all__ = ["QuestionsForm", "Standing", "most_bytes"]
