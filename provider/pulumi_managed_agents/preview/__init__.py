"""What a preview tells people: plan records, written where the provider decides, become a review.

The provider's own `diff` is the only planner; nothing here decides anything a second time. `record` is what one
decision leaves behind, `review` puts a stage's records together, `capability` names what widens an agent's power, and
`text`, `markdown` and `machine` write it down. Pure functions, except for reading and writing the records' files.
"""
