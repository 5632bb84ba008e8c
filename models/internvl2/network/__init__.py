"""The network: modules of transformers, weights, positions, and plain greedy decoding."""
