"""The kind `agent`."""
