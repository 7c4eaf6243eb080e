"""Take what was changed live into the definition files."""
