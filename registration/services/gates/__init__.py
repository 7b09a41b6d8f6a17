"""Gates: the devices that scan there, their scans, search at the door, and who is inside."""
