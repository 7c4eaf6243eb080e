"""The kind `file`, of which a definition is made for every path that others name."""
