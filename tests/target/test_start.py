# SPDX-License-Identifier: Apache-2.0
"""From reset to the first instruction of a guest of 3 MiB that lies where it is: counted by its own counter."""

import os
import pathlib

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
TICK = 16  # instructions, at 62.5 MHz and one instruction a nanosecond
GATE = 200_000


def test_guest_starts_soon():
    image = OUT / "release" / "tests" / "target" / "start.img"
    if not image.exists():
        pytest.skip(f"{image} is not built: make tests")
    machine = ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-m", "256M"]
    arguments = [*machine, "-icount", "shift=0,sleep=off", "-nographic", "-net", "none", "-kernel", str(image)]
    qemu = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=900)
    try:
        qemu.expect(r"starts at tick 0x([0-9a-f]{16})")
        instructions = int(qemu.match.group(1), 16) * TICK
        print(f"{instructions} instructions")
        assert 10_000 < instructions < GATE
        qemu.expect("the guest asked for a reset")
        assert "WRONG" not in qemu.before
    finally:
        qemu.terminate(force=True)
