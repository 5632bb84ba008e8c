"""Settings for all tests."""

from hypothesis import settings

# Speed is measured in benchmarks/; a busy machine must not fail a law.
settings.register_profile("docpipe", deadline=None)
settings.load_profile("docpipe")
