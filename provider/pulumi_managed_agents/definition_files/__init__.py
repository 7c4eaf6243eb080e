"""A live object as the text of a definition file: a new file, or one edited in place with every other line kept."""
