"""Gates: the scanner's page, and what devices ask of the server."""
