"""`managed-agents report`: what serves, what changed and what it cost, as a small static site."""
