# SPDX-License-Identifier: Apache-2.0
"""What the tool accepts boots: random systems of VMs, each built without a failed call, each guest to its end."""

import os
import pathlib
import random
import re
import subprocess

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
FILES = OUT / "release"
KIB, MIB = 1 << 10, 1 << 20
PAGES = [4 * KIB, 8 * KIB, 2 * MIB, 2 * MIB + 4 * KIB, 5 * MIB]
GUESTS = {"bare": 4, "trial.elf": 4, "large.elf": 16}  # least RAM in MiB
END = re.compile(r"vmm(\d+): (?:\x1b\[0m)?vmm: the guest (?:has switched itself off|asked for a reset, but)")


def capabilities(dice, number, memories):
    """Properties that make a VM one with capabilities, or none."""
    said = [dice.choice(["", 'calls = "console";']), dice.choice(["", f'awaits = "tap{number}";'])]
    seen = ", ".join(f'"{name}"' for name in memories if dice.random() < 0.5)
    return said + ([f"{dice.choice(['reads', 'writes'])} = {seen};"] if seen else [])


def vm(dice, number, gic, memories):
    guest, least = dice.choice(list(GUESTS.items()))
    ram = least * MIB + dice.choice([0, dice.randrange(600) * 4 * KIB, dice.randrange(5) * MIB])
    said = capabilities(dice, number, memories)
    if guest == "trial.elf" or dice.random() < 0.5:
        said.append("restart;")
    if guest != "trial.elf":  # which ends as the number of its interrupts says
        said.append(f"interrupts = <{dice.choice([64, 96, 128, 288, 1020])}>;")
    if guest == "bare" and dice.random() < 0.5:
        said.append(f'initrd = "{dice.choice(["kernel.bin", "vmm.elf", "large.bin"])}"; bootargs = "quiet";')
        ram += 16 * MIB
    return [f'vmm{number} {{ program = "vmm"; priority = <40>; calls = "console"; slots = <{dice.randrange(40)}>; }};',
            f'vm{number} {{ guest = "{guest}"; ram = <{ram}>; vmm = "vmm{number}"; gic = <{gic}>; priority = <30>; '
            f'slice = <1000>; slots = <{dice.randrange(200)}>; {" ".join(said)} }};']


def system(dice, gic):
    count = dice.randrange(1, 5)
    memories = [f"memory{i}" for i in range(dice.randrange(3))]
    cells = ['console { program = "console"; priority = <100>; devices = "uart"; serves = "console"; };']
    channels = []
    for i in range(count):
        cells += vm(dice, i, gic, memories)
        if dice.random() < 0.4:
            channels.append(f'wire{i} {{ size = <{dice.choice(PAGES)}>; ends = "vm{i}", "vmm{i}"; }};')
    dice.shuffle(cells)
    sizes = [f"{name} {{ size = <{dice.choice(PAGES)}>; }};" for name in memories]
    return count, ('/dts-v1/;\n#include "boards/qemu-virt.dtsi"\n/ {\n'
                   f'memories {{ {" ".join(sizes)} }};\nchannels {{ {" ".join(channels)} }};\n'
                   "cells {\n" + "\n".join(cells) + "\n};\n};\n")


def boot(image, gic, count):
    machine = ["-M", f"virt,virtualization=on,gic-version={gic}", "-cpu", "cortex-a53", "-m", "256M"]
    machine += ["-icount", "shift=3,sleep=off"]  # so that what happens depends on the system alone
    qemu = pexpect.spawn("qemu-system-aarch64", [*machine, "-nographic", "-net", "none", "-kernel", str(image)],
                         encoding="utf-8", codec_errors="replace", timeout=900)
    text, ended = "", set()
    try:
        qemu.expect(r"cells built, (\d+) failed")
        assert qemu.match.group(1) == "0", qemu.before
        while len(ended) < count:
            qemu.expect(END)
            text += qemu.before
            ended.add(qemu.match.group(1))
            assert "WRONG" not in text and "panic" not in text, text
    finally:
        qemu.terminate(force=True)


@pytest.mark.parametrize("seed", range(16))
def test_accepted_system_boots(seed, tmp_path):
    if not (FILES / "large.elf").exists():
        pytest.skip(f"{FILES} is not built: make all")
    dice = random.Random(seed)
    gic = dice.choice([2, 3])
    count, text = system(dice, gic)
    source, image = tmp_path / "random.dts", tmp_path / "random.img"
    source.write_text(text)
    subprocess.run([OUT / "bulkhead", "build", "-I", ROOT / "systems", "--files", FILES, "-o", image, source], check=True)
    boot(image, gic, count)
