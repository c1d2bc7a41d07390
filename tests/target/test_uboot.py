# SPDX-License-Identifier: Apache-2.0
"""U-Boot, as firmware of QEMU's board, starts a system with booti: it moves the image to where its header says."""

import os
import pathlib

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = pathlib.Path(os.environ.get("O", ROOT / "out")).resolve()
U_BOOT = pathlib.Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")
LOADED = 0x48000000  # where the image is before booti
PATIENCE = 900


@pytest.fixture(params=[("release", 3, "small"), ("release", 2, "small-gicv2"), ("debug", 3, "small")],
                ids=lambda which: f"{which[0]}-gicv{which[1]}")
def u_boot(request):
    kind, gic, system = request.param
    image = OUT / kind / f"{system}.img"
    assert image.exists(), f"{image} is not built: make all BUILD={kind}"
    arguments = ["-M", f"virt,virtualization=on,gic-version={gic}", "-cpu", "cortex-a53", "-m", "256M", "-nographic",
                 "-net", "none", "-bios", str(U_BOOT), "-device", f"loader,file={image},addr={LOADED},force-raw=on"]
    child = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=PATIENCE)
    yield child
    child.terminate(force=True)


def test_booti(u_boot):
    u_boot.expect("Hit any key to stop autoboot")
    u_boot.send("\r")
    u_boot.expect("=> ")
    u_boot.send(f"booti {LOADED:x} - ${{fdtcontroladdr}}\r")
    u_boot.expect("Starting kernel")
    for step in range(1, 10):
        u_boot.expect(f"bh: {step} ")
    u_boot.expect(r"warden: \d+ cells built, 0 failed")
    u_boot.expect("bare: in a VM of Bulkhead")
