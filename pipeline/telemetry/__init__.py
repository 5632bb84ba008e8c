"""Progress, logs and metrics of a run."""
