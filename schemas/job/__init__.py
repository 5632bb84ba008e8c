"""job.yaml: its model, how it is loaded, and its documentation."""
