"""Take over objects that exist: definition files for them, and an import file for Pulumi."""
