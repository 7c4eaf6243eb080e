"""The kind `environment`."""
