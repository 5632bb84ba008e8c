"""The commands that work on jobs, outputs and files without running a job."""
