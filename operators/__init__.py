"""Stages of work on documents and pages. Nothing here knows Ray."""
