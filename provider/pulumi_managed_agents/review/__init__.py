"""What people read of a preview: the plans of a stage become a review, or a report of drift.

The provider's own `diff` is the only planner; nothing here decides anything a second time. `plan_files` hands plans
from the provider's process to the command's, `review` and `drift` put those of a stage together, `capability` names
what widens an agent's power. A `saved_plan` holds on to what was reviewed, and `plan_moves` tells what has moved
since. `text`, `markdown` and `json` render them, with the words of `phrases` and the lines,
signs and colours of `style`. Pure functions, except for `plan_files` and `json.write_schemas`.
"""
