"""What a preview tells people: the plans of a stage become a review, or a report of drift.

The provider's own `diff` is the only planner; nothing here decides anything a second time. `record` takes plans from
the provider's process to the command's, `review` and `drift` put those of a stage together, `capability` names what
widens an agent's power, and `text`, `markdown` and `machine` render all that; signs and colours are those of `style`.
Pure functions, except for reading and writing the files of plans.
"""
