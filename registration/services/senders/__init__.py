"""Senders: whether receivers believe the mails that come from our addresses."""
