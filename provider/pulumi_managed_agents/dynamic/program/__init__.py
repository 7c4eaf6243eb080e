"""What runs in the Pulumi program: the resource classes, look-ups, and the declaration of a whole stage.

A program declares what there is to be, and stops before the first write where something is wrong; it writes nothing
itself. It imports `provider` where it has to know beforehand what the provider will say, or reads the API as it does.
"""
