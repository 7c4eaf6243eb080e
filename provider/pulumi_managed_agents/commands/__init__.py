"""What a person types, one module or folder each."""
