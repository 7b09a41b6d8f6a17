"""Papers: PDF documents that are written page by page, however many there are."""
