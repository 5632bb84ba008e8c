"""Reading an output's tables back: for the report, and for exports."""
