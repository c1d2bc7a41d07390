# SPDX-License-Identifier: Apache-2.0
"""The trace of loads under plans against their description: the same windows, each its cells' from begin to end, and nobody
behind his. In instructions: QEMU counts one as a nanosecond.

With two cores QEMU runs one at a time, and windows of the second may begin late while the first one works: there, how long
after a window's end its cells go on is exact, and how late they begin is not."""

import os
import pathlib
import re
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
LIMIT = 2000  # instructions: the longest kernel entry that the project allows
RECORDS = 1500  # of some 10 a frame
SYSTEMS = {"plans": (1, LIMIT, 6, 2900), "plans_far": (2, 200000, 4, 2400)}  # cores, late begin, windows, another MIDDLE
QEMU = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-m", "256M", "-nographic",
        "-net", "none", "-icount", "shift=0,sleep=off"]


@pytest.fixture(scope="session", params=SYSTEMS)
def console(request, tmp_path_factory):
    """What the tracer wrote, until there are enough records."""
    image = OUT / f"release/tests/target/{request.param}.img"
    if not image.exists():
        pytest.skip(f"{image} is not built: make tests")
    path = tmp_path_factory.mktemp("plans") / request.param
    process = subprocess.Popen([*QEMU, "-smp", str(SYSTEMS[request.param][0]), "-kernel", str(image)], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, text=True, errors="replace")
    watchdog = threading.Timer(300, process.kill)
    watchdog.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if len(lines) == RECORDS or "WRONG" in line or "panic" in line:
            break
    watchdog.cancel()
    process.kill()
    process.wait()
    path.write_text("".join(lines))
    return path


def compare(console, *options):
    source = ROOT / f"tests/target/{console.name}.dts"
    command = [OUT / "bulkhead", "compare", source, "-I", ROOT / "systems", "--files", OUT / "release", "--trace", console, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def rows(text):
    """Of each window: plan, name, begin, end, how often seen, late, least, overrun."""
    found, plan = [], None
    for line in text.splitlines():
        head = re.match(r"plan (\w+) of core (\d), (\d+) frames", line)
        row = re.match(r"  (\S+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)$", line)
        plan = head.group(1) if head else plan
        if row:
            found.append((plan, row.group(1), *(int(row.group(i)) for i in range(2, 8))))
    return found


def test_trace_is_what_the_description_says(console):
    _, late_most, windows, _ = SYSTEMS[console.name]
    result = compare(console)
    assert result.returncode == 0, result.stdout + result.stderr
    result = compare(console, "--busy", "--limit", str(late_most))
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count(": as described") == 1
    table = rows(result.stdout)
    assert len(table) == windows
    for plan, window, begin, end, seen, late, least, over in table:
        assert over <= LIMIT, (plan, window, over)
        if window not in ("slack", "(nobody's)"):
            assert seen >= 10 and late <= late_most and least + late_most >= end - begin, (plan, window, seen, late, least)


def test_another_description_is_not_it(console):
    result = compare(console, "-D", f"MIDDLE={SYSTEMS[console.name][3]}")
    assert result.returncode == 1 and ": not as described" in result.stdout
    assert re.search(r"bulkhead: plan '\w+', \d+ ns of the trace: ", result.stderr), result.stderr


def entries(lines, event):
    """Places of this event's records: ~CORE TIME EVENT ..."""
    return [i for i, line in enumerate(lines) if re.search(rf"~\d [0-9a-f]+ {event} ", line)]


def second_window(lines):
    """The place of an IN record in the second window, which is not that of the first one's cell."""
    return next(i for i in entries(lines, 1)[50:] if lines[i].endswith("01"))


def test_a_thread_that_runs_on_is_found(console, tmp_path):
    """Its OUT record, and what is behind it, 300 ticks later: that is 4,800 ns."""
    lines = console.read_text().splitlines()
    at = second_window(lines) - 1
    word = re.search(r"~(\d) ([0-9a-f]+) ", lines[at])
    lines[at] = lines[at].replace(word.group(0), f"~{word.group(1)} {int(word.group(2), 16) + 300:x} ")
    later = next(i for i in range(at + 1, len(lines)) if lines[i].split("~")[-1].startswith(f"{word.group(1)} "))
    del lines[later:]
    changed = tmp_path / console.name
    changed.write_text("\n".join(lines) + "\n")
    result = compare(changed)
    assert result.returncode == 1 and "which does not admit it" in result.stderr, result.stderr


def test_a_window_that_is_not_used_is_found(console, tmp_path):
    """A thread that never ran in one of its windows: neither its IN nor its OUT is there."""
    lines = console.read_text().splitlines()
    at = second_window(lines)
    thread = re.search(r"~(\d) [0-9a-f]+ 1 ([0-9.]+) ", lines[at])
    out = next(i for i in range(at, len(lines)) if re.search(rf"~{thread.group(1)} [0-9a-f]+ 2 {thread.group(2)} ", lines[i]))
    changed = tmp_path / console.name
    changed.write_text("\n".join(lines[:at] + lines[at + 1:out] + lines[out + 1:]) + "\n")
    assert compare(changed).returncode == 0
    result = compare(changed, "--busy", "--limit", str(SYSTEMS[console.name][1]))
    assert result.returncode == 1 and re.search(r"its cells had \d+ of the \d+ ns of window", result.stderr), result.stderr
