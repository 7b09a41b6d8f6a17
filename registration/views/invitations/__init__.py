"""Invitations: the invited person's own pages, and the console's."""
