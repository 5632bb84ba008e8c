"""Whether a device still computes."""

import torch


def is_lost(device: torch.device) -> bool:
    """Whether a GPU's context is broken: after some faults every further call of the process fails.

    Illegal addresses, failed assertions in kernels and hardware errors are such faults; CUDA has no cure for them but
    another process. Running out of memory is not such an error.
    """
    if device.type != "cuda":
        return False
    try:
        torch.cuda.synchronize(device)
        torch.ones(1, device=device).item()
    except Exception:
        return True
    return False
