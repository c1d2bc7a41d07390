# SPDX-License-Identifier: Apache-2.0
"""A guest that has the board's UART itself: every key reaches it, also after its vmm died and after its own reset."""

import os
import pathlib

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
QEMU = "qemu-system-aarch64 -cpu cortex-a53 -m 256M -nographic -net none -icount shift=1"


def keys_work(qemu):
    for _ in range(5):
        qemu.send("s")
        qemu.expect(r"rtos: \d+ periods of 1000 us")


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("build", ["release", "debug"])
def test_uart(build, gic):
    image = OUT / build / "tests/target" / ("passed-gicv2.img" if gic == 2 else "passed.img")
    qemu = pexpect.spawn(f"{QEMU} -M virt,virtualization=on,gic-version={gic} -kernel {image}", encoding="utf-8", timeout=900)
    try:
        qemu.expect(rf"rtos: start 1, GICv{gic}")
        killed = "cell vmm is stopped by a fault"
        while qemu.expect([killed, pexpect.TIMEOUT], timeout=0.02) != 0:  # some of these keys find the guest stopped
            qemu.send("h")
        qemu.expect(rf"rtos: start 2, GICv{gic}")
        keys_work(qemu)
        qemu.send("c")
        qemu.expect("CRASH of 'victim'")
        qemu.expect(rf"rtos: start 3, GICv{gic}")
        keys_work(qemu)
    finally:
        qemu.terminate(force=True)
