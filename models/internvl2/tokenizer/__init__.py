"""The tokenizers of the published checkpoints, without remote code."""
