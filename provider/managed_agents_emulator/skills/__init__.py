"""Skills: bundles of files with a SKILL.md, each upload a version."""
