"""Proof and release: which version serves, the receipts of what was proven, and the gate before the next stage.

Nothing here talks to the API, and only `ledger` and `rollback` read or write files. What passed comes in as the
recorded results of the smoke tests.
"""
