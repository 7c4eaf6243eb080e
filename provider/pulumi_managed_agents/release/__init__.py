"""Receipts: what was proved where, and the gate that lets only what was proved into the next stage.

Everything here is offline and pure but for reading and writing receipt files; what passed is told by the smoke tests.
"""
