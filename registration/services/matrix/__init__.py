"""The matrix: places by alliance × role, as organisers see and set them."""

from registration.services.matrix.cells import NO_ALLIANCE, Cell, Key, Matrix, load
from registration.services.matrix.changes import Change, apply, copy_of_row, plan

__all__ = ["NO_ALLIANCE", "Cell", "Change", "Key", "Matrix", "apply", "copy_of_row", "load", "plan"]
