"""Which devices LightGBM's OpenCL could train on, asked of the drivers in a process of its own.

A broken driver kills whoever asks it, so this file is also the script of that process: it imports the standard
library only and answers within a fraction of a second.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

DEADLINE = 20.0
"""Seconds the drivers have to answer."""

VENDORS = "/etc/OpenCL/vendors"
PLATFORM_NAME, DEVICE_TYPE, DEVICE_NAME = 0x0902, 0x1000, 0x102B
EVERY_TYPE = 0xFFFFFFFF
MOST, LONGEST = 16, 256

Kind = Literal["gpu", "cpu", "other"]
_KINDS: dict[int, Kind] = {4: "gpu", 2: "cpu"}


@dataclass(frozen=True)
class OpenClDevice:
    """One device of one driver, in the numbering that LightGBM uses.

    Attributes:
        platform_id: Position of its driver, `gpu_platform_id`.
        device_id: Position within the driver, `gpu_device_id`.
        platform: Name of the driver.
        name: Name of the device.
        kind: Whether it is a GPU, the processor itself (PoCL is such a driver), or an accelerator.
    """

    platform_id: int
    device_id: int
    platform: str
    name: str
    kind: Kind


def driver_installed() -> bool:
    """Tell, without loading anything, whether an OpenCL driver is registered; a look into one folder."""
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32" / "OpenCL.dll").exists()
    if os.environ.get("OCL_ICD_FILENAMES"):
        return True
    try:
        return any(file.suffix == ".icd" for file in Path(os.environ.get("OCL_ICD_VENDORS") or VENDORS).iterdir())
    except OSError:
        return False


def devices() -> tuple[OpenClDevice, ...]:
    """List the devices that LightGBM would find; none where no driver is installed or the drivers fail."""
    if not driver_installed():
        return ()
    return _listed(os.environ.get("OCL_ICD_FILENAMES"), os.environ.get("OCL_ICD_VENDORS"))


@functools.cache
def _listed(_filenames: str | None, _vendors: str | None) -> tuple[OpenClDevice, ...]:
    """Ask once for each setting of the variables that choose drivers."""
    found = importlib.util.find_spec("lightgbm")
    library = Path(found.origin).parent / "lib" / "lib_lightgbm.so" if found and found.origin else Path("none")
    command = [sys.executable, "-I", "-S", __file__, str(library)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=False)
        return tuple(OpenClDevice(**entry) for entry in json.loads(done.stdout.splitlines()[-1]))
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError, IndexError):
        return ()


def _loader(library: str) -> ctypes.CDLL | None:
    """Load LightGBM's own OpenCL, or the machine's where LightGBM was built without."""
    for name in (library, "libOpenCL.so.1", "OpenCL.dll"):
        try:
            loaded = ctypes.CDLL(name)
        except OSError:
            continue
        if hasattr(loaded, "clGetPlatformIDs"):
            return loaded
    return None


def _handles(count: ctypes.c_uint, handles: ctypes.Array[ctypes.c_void_p]) -> list[ctypes.c_void_p]:
    return [ctypes.c_void_p(handle) for handle in handles[: min(count.value, MOST)]]


def _ask(library: str) -> list[OpenClDevice]:
    """List the devices in this process."""
    opencl = _loader(library)
    count, handles = ctypes.c_uint(), (ctypes.c_void_p * MOST)()
    if opencl is None or opencl.clGetPlatformIDs(MOST, handles, ctypes.byref(count)):
        return []
    found = []
    for platform_id, platform in enumerate(_handles(count, handles)):
        name = _text(opencl.clGetPlatformInfo, platform, PLATFORM_NAME)
        inner, members = ctypes.c_uint(), (ctypes.c_void_p * MOST)()
        if opencl.clGetDeviceIDs(platform, ctypes.c_uint64(EVERY_TYPE), MOST, members, ctypes.byref(inner)):
            continue
        for device_id, device in enumerate(_handles(inner, members)):
            kind = ctypes.c_uint64()
            opencl.clGetDeviceInfo(device, DEVICE_TYPE, ctypes.c_size_t(8), ctypes.byref(kind), None)
            called = _text(opencl.clGetDeviceInfo, device, DEVICE_NAME)
            found.append(OpenClDevice(platform_id, device_id, name, called, _KINDS.get(kind.value & 6, "other")))
    return found


def _text(ask: ctypes._NamedFuncPointer, handle: ctypes.c_void_p, what: int) -> str:
    words = ctypes.create_string_buffer(LONGEST)
    ask(handle, what, ctypes.c_size_t(LONGEST), words, None)
    return words.value.decode(errors="replace").strip()


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps([asdict(device) for device in _ask(sys.argv[1])]) + "\n")
