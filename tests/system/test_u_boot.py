# SPDX-License-Identifier: Apache-2.0
"""U-Boot, unmodified, as a guest: to its prompt, commands, a reset, and off."""

import os
import pathlib
import time

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
PATIENCE = 900  # host seconds; an erased environment is read from flash with 10^5 exits, which are slow in an emulator


@pytest.fixture(params=[3, 2], ids=["GICv3", "GICv2"])
def qemu(request):
    gic = request.param
    image = OUT / "release/tests/system" / ("u-boot.img" if gic == 3 else "u-boot-gicv2.img")
    if not image.exists():
        pytest.skip(f"{image} is not built: make system-tests")
    child = pexpect.spawn("qemu-system-aarch64", ["-M", f"virt,virtualization=on,gic-version={gic}", "-cpu", "cortex-a53",
                                                  "-m", "256M", "-nographic", "-net", "none", "-kernel", str(image)],
                          encoding="utf-8", timeout=PATIENCE)
    yield child
    child.terminate(force=True)


def prompt(qemu):
    """Into the count-down, and to the prompt."""
    qemu.expect_exact("Hit any key to stop autoboot")
    qemu.send("x")
    qemu.expect_exact("=> ")


def command(qemu, text):
    qemu.send(text + "\r")
    qemu.expect_exact(text)


def switch_off(qemu):
    command(qemu, "poweroff")
    qemu.expect_exact("the guest has switched itself off")
    qemu.send("\x14q")  # Ctrl-T q: the machine, too
    qemu.expect(pexpect.EOF)


def look_around(qemu):
    command(qemu, "date")
    year = time.gmtime().tm_year  # the clock cell's, from QEMU's PL031
    qemu.expect(f"Date: ({year}|{year + 1})-")
    qemu.expect_exact("=> ")
    command(qemu, "setexpr answer 6 * 7; printenv answer")
    qemu.expect_exact("answer=2a")
    qemu.expect_exact("=> ")
    command(qemu, "md.l 0x0a000000 3")  # an empty virtio slot
    qemu.expect_exact("0a000000: 74726976 00000001 00000000")
    qemu.expect_exact("=> ")


def test_prompt_commands_off(qemu):
    qemu.expect_exact("U-Boot 20")
    qemu.expect("DRAM: +64 MiB")
    prompt(qemu)
    look_around(qemu)
    switch_off(qemu)


@pytest.mark.parametrize("qemu", [3], indirect=True)
def test_hole_and_reset(qemu):
    """U-Boot reports an abort itself, and resets."""
    prompt(qemu)
    command(qemu, "setenv answer 42")
    qemu.expect_exact("=> ")
    command(qemu, "md.l 0x0b000000 1")
    qemu.expect_exact("the guest reads 0xb000000")
    qemu.expect_exact('"Synchronous Abort" handler, esr 0x96000010')
    qemu.expect_exact("the guest asked for a reset and is started anew")
    prompt(qemu)
    command(qemu, "printenv answer")
    qemu.expect_exact('"answer" not defined')
    qemu.expect_exact("=> ")
    switch_off(qemu)
