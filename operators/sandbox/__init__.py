"""Runs untrusted or native code in child processes that may crash, hang or exhaust memory."""
