"""Badge designs: how badges look, as data, from millimetres and words to a page or a preview."""

from registration.services.badges.designs.storing import get_design

__all__ = ["get_design"]
