"""The twin's guard is off: a server that acknowledges the highest number, whatever is missing."""

from registration.services.gates import sequences

sequences.acknowledged = lambda ranges: ranges[-1][1] if ranges else 0
