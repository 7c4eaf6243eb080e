"""What a stack's configuration may say about a stage, and the policy that follows from it."""
