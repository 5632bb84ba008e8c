"""Reading pages, from the caller in a worker to the parser in the sandbox."""
