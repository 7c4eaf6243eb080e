"""The kind `memory_store`."""
