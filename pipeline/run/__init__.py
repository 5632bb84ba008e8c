"""A run of a job, on the driver: its phases in order, and what is recorded of it."""
