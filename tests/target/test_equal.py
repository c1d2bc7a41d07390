# SPDX-License-Identifier: Apache-2.0
"""A kernel with fast paths, one whose calls all take the ordinary path: the same random calls bring the same registers."""

import os
import pathlib
import re

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
LEAST = 20  # digests


def digests(build):
    image = OUT / build / "tests" / "target" / "equal.img"
    assert image.exists(), f"{image} is not built: make tests, and make BUILD=ordinary {image}"
    arguments = ["-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-m", "256M", "-nographic", "-net", "none",
                 "-kernel", str(image)]
    qemu = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=900)
    try:
        qemu.expect(["DONE", "kernel panic"])
        text = qemu.before
    finally:
        qemu.terminate(force=True)
    assert "PASS equal.registers_kept" in text, text[-400:]
    found = re.findall(r"EQUAL (.*?)\r?\n", text)
    assert len(found) >= LEAST and len(set(found)) == len(found)
    return found


@pytest.mark.parametrize("build", ["release", "debug"])
def test_fast_paths_equal_the_ordinary_one(build):
    assert digests(build) == digests("ordinary")
