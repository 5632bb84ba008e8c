"""The processing steps for documents and pages, as plain functions and classes that do not depend on Ray."""
