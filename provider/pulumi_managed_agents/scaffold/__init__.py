"""Files for a repository of one's own: a project to begin with, and the workflows that check and deploy it."""
