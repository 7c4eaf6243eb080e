"""What a command shows of a run: progress on the console, a summary, reports for programs, and where each goes."""
