"""Running a stage: the Pulumi CLI through its Automation API, or the trial engine where there is none."""
