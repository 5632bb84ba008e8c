"""Requests to models about pages, and their results: prompts, images, retries and the types of the findings."""
