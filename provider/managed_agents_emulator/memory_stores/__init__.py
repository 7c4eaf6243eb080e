"""Memory stores: what agents remember between sessions, as text files with a history."""
