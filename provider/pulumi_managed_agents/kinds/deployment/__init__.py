"""The kind `deployment`."""
