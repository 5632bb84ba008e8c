"""What vLLM loads in each of its processes, through the entry-point group `vllm.general_plugins`.

It makes folders of InternVL2 loadable without remote code. `VLLM_PLUGINS` in the environment can leave it out.
"""

import os
import signal
import threading
import time

import psutil

OWNER_VARIABLE = "DOCPIPE_VLLM_OWNER"
"""Holds the process id of the actor that started vLLM here; its processes end with it."""

ARCHITECTURE = "DocpipeInternVL2"
"""The name under which vLLM knows `network.InternVL2Model`."""

_LOOK_SECONDS = 1.0


def register() -> None:
    """Register the configuration class with transformers and the model class with vLLM; may be called again."""
    from transformers import AutoConfig
    from vllm import ModelRegistry

    from .config import InternVLChatConfig

    AutoConfig.register(InternVLChatConfig.model_type, InternVLChatConfig, exist_ok=True)
    if ARCHITECTURE not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(ARCHITECTURE, "docpipe.models.vllm.network:InternVL2Model")
    _end_with_owner()


def _end_with_owner() -> None:
    """End this process once its owner has ended: vLLM's processes outlive one that was killed, with their memory."""
    owner = int(os.environ.get(OWNER_VARIABLE, 0))
    if owner and owner != os.getpid() and not any(one.name == OWNER_VARIABLE for one in threading.enumerate()):
        threading.Thread(target=_watch, args=(owner,), name=OWNER_VARIABLE, daemon=True).start()


def _watch(owner: int) -> None:
    while _lives(owner):
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _lives(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody has waited for does not."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
