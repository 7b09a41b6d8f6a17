"""Certificates: issued in the console, downloaded by attendees, verified by anybody."""
