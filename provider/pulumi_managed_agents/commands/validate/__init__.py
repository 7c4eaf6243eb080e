"""`managed-agents validate`: check stages, and folders wherever they stand, without a key or a network."""
