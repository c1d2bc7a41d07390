# SPDX-License-Identifier: Apache-2.0
"""A system that uses every node and property of docs/description.md is built without a failed call."""

import os
import pathlib
import re

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")


@pytest.mark.parametrize("kind", ["release", "debug"])
def test_everything_is_built(kind):
    image = OUT / kind / "tests" / "target" / "description.img"
    if not image.exists():
        pytest.skip(f"{image} is not built: make tests BUILD={kind}")
    machine = ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-m", "256M"]
    arguments = [*machine, "-nographic", "-net", "none", "-kernel", str(image)]
    qemu = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=600)
    try:
        qemu.expect(r"warden: (\d+) cells built, (\d+) failed")
        assert qemu.match.group(2) == "0", qemu.before
        for sentence in ("other: 10 calls answered", "bare: tick 5", "the guest has switched itself off"):
            qemu.expect(re.escape(sentence).replace(r":\ ", r":\ (\x1b\[0m)?"))  # the name has a colour
            assert "stopped by a fault" not in qemu.before
    finally:
        qemu.terminate(force=True)
