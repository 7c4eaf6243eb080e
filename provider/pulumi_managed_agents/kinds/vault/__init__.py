"""The kinds `vault` and `credential`."""
