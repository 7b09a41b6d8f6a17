"""What the original texts are put together from: variables, and what stands there at times only."""

MANY = 987654
"""Stands for the number in a plural, until the variable takes its place."""
TITLE = {"title": "{{ event_title }}"}
ALLIANCE = {"alliance": "{{ alliance }}"}
DEADLINE = {"moment": "{{ deadline }}"}


def when(name: str, text: str, otherwise: str = "") -> str:
    """Return a text that stands there only if a variable is not empty."""
    if not otherwise:
        return f"{{% if {name} %}}\n{text}\n{{% endif %}}"
    return f"{{% if {name} %}}\n{text}\n{{% else %}}\n{otherwise}\n{{% endif %}}"


def counted(name: str, one: str, many: str) -> str:
    """Return a text about a number, which is left out if the number is 0."""
    many = many.replace(str(MANY), f"{{{{ {name} }}}}")
    return f"{{% if {name} == 1 %}}\n{one}\n{{% elif {name} %}}\n{many}\n{{% endif %}}"
