"""How a definition's model is described and checked: fields, constraints, messages with places. Knows no kind."""
