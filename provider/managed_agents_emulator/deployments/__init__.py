"""Deployments: sessions that are started again and again. Schedules are computed, but nothing fires by itself."""
