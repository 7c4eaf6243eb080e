"""The kind `skill`."""
