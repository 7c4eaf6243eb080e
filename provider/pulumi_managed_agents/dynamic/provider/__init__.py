"""What runs in the provider process, which the engine starts and asks: check, diff, create, update, read, delete.

It imports nothing of `program`. What both processes agree on, such as the form of inputs and of a state's entries, is
beside the two, in `dynamic` itself.
"""
