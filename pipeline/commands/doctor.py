"""`docpipe doctor`: the resources of this machine, and a fix for each that is missing."""

import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from ...models.engines import ENGINE_KINDS
from ...models.text_readers import LOADABLE_READERS
from ...operators.documents.input_types import INPUT_TYPES
from ...operators.extraction.weight_free import WEIGHT_FREE
from ...schemas.errors import CommandError
from ...schemas.job.engines import settings_class
from ...schemas.job.installed import InstalledEngineError, installed_kinds, origin
from ..cluster.session import available_cpus
from ..run.record import installed_versions

_LOW_DISK_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Check:
    """The result of one check; `fix` is empty if it passed."""

    name: str
    well: bool
    found: str
    fix: str = ""


def examine() -> dict[str, Any]:
    """Versions, machine and checks; loads no model and needs no network."""
    checks = [
        _processors(),
        _memory(),
        _disk(),
        _ray(),
        _text_layer(),
        *_text_readers(),
        *(Check(f"engine {name}", True, "needs no weights") for name in WEIGHT_FREE),
        *_gpus(),
        *_engine_kinds(),
        *_other_kinds(),
    ]
    return {
        "python": platform.python_version(),
        "versions": installed_versions(),
        "inputs": {one.name: one.media_type for one in INPUT_TYPES},
        "checks": [asdict(check) for check in checks],
    }


def doctor_text(examined: dict[str, Any]) -> str:
    lines = [f"python {examined['python']}"]
    lines += [f"{name} {version}" for name, version in examined["versions"].items() if name != "python"]
    lines.append(f"reads {', '.join(examined['inputs'])}")
    for check in examined["checks"]:
        mark = "ok  " if check["well"] else "no  "
        lines.append(f"{mark}{check['name']}: {check['found']}" + (f"; {check['fix']}" if check["fix"] else ""))
    return "\n".join(lines)


def _processors() -> Check:
    return Check("CPUs", True, f"{available_cpus()} of {os.cpu_count()} available")


def _memory() -> Check:
    memory = psutil.virtual_memory()
    gib = memory.available / 1024**3
    well = gib >= 2
    return Check(
        "memory", well, f"{gib:.1f} GiB free", "" if well else "2 GiB are recommended; lower limits.page_memory_mb"
    )


def _disk() -> Check:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    well = free >= _LOW_DISK_BYTES
    fix = "" if well else f"free space in {folder}, or set TMPDIR to a folder on another disk"
    return Check("disk for temporary files", well, f"{free / 1024**3:.1f} GiB in {folder}", fix)


def _ray() -> Check:
    return _package("ray", "ray", "pip install docpipe")


def _text_layer() -> Check:
    return _package("engine text_layer", "pymupdf", "pip install docpipe")


def _text_readers() -> list[Check]:
    checks = []
    for name, reader in LOADABLE_READERS.items():
        try:
            how = reader.computed("auto")
            found = f"{', '.join(reader.identity())}; {how['runtime']}, {how['precision']}"
            slower = f"slower than it can be: {how['slower_because']}" if "slower_because" in how else ""
            checks.append(Check(f"engine {name}", True, found, slower))
        except CommandError as error:
            checks.append(Check(f"engine {name}", False, str(error), reader.fix))
    return checks


def _engine_kinds() -> list[Check]:
    checks = []
    for name, kind in ENGINE_KINDS.items():
        if kind.packages:
            missing = [package for package in kind.packages if importlib.util.find_spec(package) is None]
            found = f"{', '.join(missing)} not installed" if missing else "can load models"
            checks.append(Check(f"engine {name}", not missing, found, kind.fix if missing else ""))
    return checks


def _other_kinds() -> list[Check]:
    """Kinds of engines from other packages."""
    checks = []
    for name in installed_kinds():
        try:
            settings_class(name)
            checks.append(Check(f"engine {name}", True, origin(name)))
        except InstalledEngineError as error:
            checks.append(Check(f"engine {name}", False, str(error), "repair or uninstall the package"))
    return checks


def _package(name: str, module: str, fix: str) -> Check:
    well = importlib.util.find_spec(module) is not None
    return Check(name, well, f"{module} is {'installed' if well else 'not installed'}", "" if well else fix)


def _gpus() -> list[Check]:
    if shutil.which("nvidia-smi") is None:
        return [Check("gpu", True, "none; not needed for text")]
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        listed = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
    except (subprocess.SubprocessError, OSError) as error:
        return [Check("gpu", False, f"nvidia-smi failed: {error}", "check the NVIDIA driver")]
    return [Check("gpu", True, line.strip()) for line in listed.splitlines() if line.strip()]
