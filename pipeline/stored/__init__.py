"""Reading an output's tables back: for the report, for exports, and for questions to whole documents."""
