"""Badge designs: how badges look, as data, from millimetres and words to a page or a preview."""
