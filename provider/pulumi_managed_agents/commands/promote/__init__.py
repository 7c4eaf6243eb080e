"""Hand what is proven over from stage to stage, compare stages, and go back."""
