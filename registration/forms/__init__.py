"""Forms: what people may send, and what is said when it cannot be taken."""
