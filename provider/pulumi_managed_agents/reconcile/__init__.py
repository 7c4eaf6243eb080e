"""The one algorithm for every kind: compare desired, recorded and live; plan; apply. Knows no kind and no Pulumi."""
