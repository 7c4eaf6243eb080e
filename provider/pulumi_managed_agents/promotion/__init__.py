"""Moving what is proven: promotion from stage to stage, comparing stages, and going back.

What may move is judged here, by receipts; what a stage serves is only ever changed by an engine's run of it.
"""
