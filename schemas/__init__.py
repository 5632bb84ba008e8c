"""What is written down: job.yaml, the tables, geometry, error codes."""
