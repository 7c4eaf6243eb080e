"""The examples of the pages about classes, each a program that the tests type-check and run."""
