"""Pages through the engines: builds the requests about a page, sends them, and assembles the findings."""
