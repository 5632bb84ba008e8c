"""A child process that may crash, hang or eat memory, and the protocol to it."""
