"""From the inputs of a job to units of work."""
