"""Sessions: agents at work, their events, and the scripts that stand in for a model."""
