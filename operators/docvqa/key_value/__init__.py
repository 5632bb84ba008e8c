"""The engine `key_value`: answers questions from a page's own words and their places, without a model, or declines."""
