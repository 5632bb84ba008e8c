"""What models wrap around their output: thoughts, tokens of the chat, fences, JSON, labels, courtesies."""
