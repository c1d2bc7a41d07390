# SPDX-License-Identifier: Apache-2.0
"""The RTOS on the plain machine and in VMs: keeps its period, and says clearly why it did not."""

import os
import pathlib
import re
import subprocess

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
QEMU = ["qemu-system-aarch64", "-cpu", "cortex-a53", "-m", "256M", "-nographic", "-net", "none"]
COUNTED = ["-icount", "shift=0,sleep=off", "-rtc", "clock=vm"]  # not with a reset: QEMU 7.2 may hang after it
CRASHES = {
    "pointer": r"CRASH of 'victim' at pc 0x402\w+: write to 0x123456789000, where nothing is mapped \(ESR 0x96000044\); resets",
    "stack": r"CRASH of 'victim' at pc 0x402\w+: its stack of 8192 bytes has overflowed; resets",
    "loop": r"CRASH of 'victim' at pc 0x402\w+: it has not given way for 500 ms; resets",
    "garbage": r"it has no channel",
}


def run(machine, image, *options):
    """Everything on the console, until the machine switches itself off."""
    arguments = [*QEMU, "-M", machine, "-kernel", str(image), *options]
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    return done.stdout.replace("\r", "")


def built(image):
    if not image.exists():
        pytest.skip(f"{image} is not built: make all tests")
    return image


def summary(text):
    found = re.search(r"rtos: jitter periods=(\d+) misses=(\d+) min=(\d+) mean=(\d+) max=(\d+) ns", text)
    assert found, text
    return [int(number) for number in found.groups()]


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("kind", ["bin", "elf"])
def test_plain_machine(kind, gic):
    image = built(OUT / "release" / f"rtos.{kind}")
    text = run(f"virt,gic-version={gic}", image, *COUNTED, "-append", "period_us=500 periods=3000")
    assert f"rtos: start 1, GICv{gic}, counter 62500000 Hz, kernel calls: no" in text
    periods, misses, low, mean, high = summary(text)
    assert (periods, misses) == (3000, 0)
    assert low <= mean <= high < 5000
    counts = [int(line.split()[-1]) for line in text.splitlines() if line.startswith("rtos: hist ")]
    assert sum(counts) == 3000


@pytest.mark.parametrize("crash", CRASHES)
def test_crash_on_the_plain_machine(crash):
    text = run("virt", built(OUT / "release/rtos.bin"), "-append", f"periods=2000 quiet crash={crash}")
    assert len(re.findall(CRASHES[crash], text)) == 1, text
    starts = re.findall(r"rtos: start (\d+)", text)
    assert starts == (["1"] if crash == "garbage" else ["1", "2"])
    assert summary(text)[0] >= 2000  # more if it missed the last ones


def test_not_el1():
    text = run_until("virt,virtualization=on", built(OUT / "release/rtos.bin"), "QEMU's virt", 1)
    assert "rtos: cannot start: this is EL2, not EL1" in text


@pytest.mark.parametrize("gic", [2, 3])
def test_system(gic):
    """Kernel calls, the channel, keys, and a reader that outlives garbage and restarts."""
    image = built(OUT / "release" / ("rtos-gicv2.img" if gic == 2 else "rtos.img"))
    machine = ["-M", f"virt,virtualization=on,gic-version={gic}", "-kernel", str(image)]
    qemu = pexpect.spawn(QEMU[0], [*QEMU[1:], *machine], encoding="utf-8", timeout=900)
    try:
        qemu.expect(rf"rtos: start 1, GICv{gic}, counter \d+ Hz, kernel calls: yes")
        qemu.expect(r"jitter: \S*2 s: 2\d\d\d periods of 1000 us")
        qemu.send("s")
        qemu.expect(r"the clock service says \d\d:\d\d:\d\d UTC, answer \d+")
        qemu.send("g")
        qemu.expect("what came through the channel is no statistics")
        qemu.expect("garbage is in its channel")
        qemu.expect(r"jitter: \S*\d+ s: \d+ periods of 1000 us")
        for start, (key, crash) in enumerate([("c", "pointer"), ("o", "stack"), ("l", "loop")], 2):
            qemu.send(key)
            qemu.expect(CRASHES[crash])
            qemu.expect(rf"rtos: start {start}, GICv{gic}")
            qemu.expect(r"jitter: \S*1 s: 1\d\d\d periods of 1000 us")
        qemu.send("\x14q")
        qemu.expect(pexpect.EOF)
    finally:
        qemu.terminate(force=True)


def vm_lines(text):
    """The lines of each stream."""
    streams = {}
    for line in re.sub(r"\x1b\[\d*m", "", text).splitlines():
        name, colon, rest = line.partition(": ")
        if colon:
            streams.setdefault(name, []).append(rest)
    return streams


@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("build", ["release", "debug"])
def test_vms(build, gic):
    image = built(OUT / build / "tests/target" / ("rtos-gicv2.img" if gic == 2 else "rtos.img"))
    text = run_until(f"virt,virtualization=on,gic-version={gic}", image, "the guest has switched itself off", 5)
    streams = vm_lines(text)
    for name in ("well", *CRASHES):
        lines = "\n".join(streams[name])
        assert summary(lines)[0] >= 2000
        assert f"rtos: start 1, GICv{gic}" in lines
        assert ("rtos: start 2" in lines) == (name in ("pointer", "stack", "loop"))
        if name != "well":
            assert len(re.findall(CRASHES[name], lines)) == 1, lines


def run_until(machine, image, sentence, count):
    """For machines that do not end themselves: until a sentence has come so often."""
    process = subprocess.Popen([*QEMU, *COUNTED, "-M", machine, "-kernel", str(image)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    lines, seen = [], 0
    try:
        for line in process.stdout:
            lines.append(line.replace("\r", ""))
            seen += sentence in line
            assert "kernel panic" not in line and "is stopped" not in line, "".join(lines)
            if seen == count:
                break
    finally:
        process.kill()
        process.wait()
    return "".join(lines)
