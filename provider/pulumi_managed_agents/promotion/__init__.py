"""Promotion: one stage's proven definitions become another's, and back again."""
