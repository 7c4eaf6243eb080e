"""What people read of stages: the plans of a preview become a review or a report of drift, a state the status.

The provider's own `diff` is the only planner; nothing here decides anything a second time. `plan_files` hands plans
from the provider's process to the command's, `review` and `drift` put those of a stage together, `capability` names
what widens an agent's power. A `saved_plan` keeps what was reviewed, and `plan_moves` says what has changed since.
`status` and `history` are made from what a state records (`stage_state`). `text`, `markdown`, `json`, `status_text` and
`history` itself render them, with the words of `phrases` and `status_phrases` and the lines, signs and colours of
`style`. Pure functions, except for `plan_files` and `json.write_schemas`.
"""
