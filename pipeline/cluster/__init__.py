"""Ray sessions and the nodes of a cluster."""
