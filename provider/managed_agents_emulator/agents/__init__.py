"""Agents: versioned definitions of model, prompt, tools, skills and rosters."""
