"""Vaults and the credentials in them. Secrets are checked and forgotten: nothing here ever stores one."""
