"""InternVL2 served by the vLLM library inside the engine's process. Imports are lazy: vLLM takes seconds to import."""
