"""Pages through the engines: those without weights, then models by requests; and the findings of both."""
