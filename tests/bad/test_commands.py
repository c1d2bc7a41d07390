# SPDX-License-Identifier: Apache-2.0
"""bulkhead draw and bulkhead run: a picture in which nothing covers anything, and QEMU as the board says."""

import os
import re
import subprocess
import xml.etree.ElementTree as ET

import pytest
from test_bad import PATIENCE, ROOT, TOOL, files, good  # noqa: F401 (fixtures)

SVG = "{http://www.w3.org/2000/svg}"
CELLS = ("native", "driver", "vmm", "vm")
BOARD = """
/ { board { qemu = "-M some,thing=on -m 5G"; }; };
"""


def tool(files, *arguments, **more):
    command = [TOOL, arguments[0], "-I", ROOT / "systems", "--files", files, *arguments[1:]]
    return subprocess.run(command, capture_output=True, text=True, cwd=files, timeout=PATIENCE, **more)


@pytest.fixture(scope="session")
def picture(good, files):
    for name in ("a.svg", "b.svg"):
        result = tool(files, "draw", good, "-o", files / name)
        assert result.returncode == 0, result.stderr
    assert (files / "a.svg").read_bytes() == (files / "b.svg").read_bytes()
    return ET.parse(files / "a.svg").getroot()


def boxes(picture, classes):
    return [tuple(float(r.get(k)) for k in ("x", "y", "width", "height"))
            for r in picture.iter(SVG + "rect") if r.get("class") in classes]


def cells(picture):
    """The boxes of cells are the tall ones: bars of the memory rows have their colours, too."""
    return [box for box in boxes(picture, CELLS) if box[3] > 20]


def apart(a, b):
    return a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]


def test_picture_shows_every_cell_apart(picture):
    found = cells(picture)
    assert len(found) == 4
    assert all(apart(a, b) for i, a in enumerate(found) for b in found[:i])
    texts = [t.text for t in picture.iter(SVG + "text")]
    for word in ("server", "client", "vmm", "vm", "priority 60", "device uart, irq 33", "door", "pipe", "ring", "go",
                 "vm exits", "vm 33", "good.dts on QEMU virt"):
        assert word in texts, word


def test_picture_has_all_texts_inside_their_boxes_and_itself(picture):
    found, width, height = cells(picture), float(picture.get("width")), float(picture.get("height"))
    for text in picture.iter(SVG + "text"):
        x, y, length = float(text.get("x")), float(text.get("y")), 6.6 * len(text.text)
        if text.get("class").startswith("centre"):
            assert any(b[0] <= x - length / 2 and x + length / 2 <= b[0] + b[2] and b[1] < y < b[1] + b[3] for b in found)
        assert x >= 0 and (text.get("class").startswith("centre") or x + length <= width), text.text
        assert 0 < y < height


def test_picture_frames_the_vm_and_its_vmm(picture):
    frame, = boxes(picture, ("pair",))
    inside = [b for b in cells(picture) if not apart(b, frame)]
    assert len(inside) == 2
    assert all(frame[0] < b[0] and b[0] + b[2] < frame[0] + frame[2] for b in inside)


PLANS = """
/ { cells { server { switches = "hot"; reads = "page=hot"; }; };
    plans { calm { frame = <10000>; starts;
                   late { at = <6000>; length = <3000>; others; };
                   early { at = <0>; length = <4000>; cells = "client", "server"; }; };
            hot { frame = <5000>; all { at = <0>; length = <5000>; cells = "client"; others; }; }; }; };
"""


@pytest.fixture(scope="session")
def planned(good, files):
    source = files / "planned.dts"
    source.write_text(good.read_text() + PLANS)
    return source


def test_plans_reach_the_kernel_and_the_report(planned, files):
    report = tool(files, "check", planned)
    assert report.returncode == 0, report.stderr
    for line in ("calm: core 0, a frame of 10000 us, from the start", "0 to     4000 us  early           server, client",
                 "4000 to     6000 us  -               nobody", "6000 to     9000 us  late            warden, vmm, vm",
                 "9000 to    10000 us  -               nobody", "client             4000 us of each frame, 40.0 %, group 2",
                 "server may switch to it"):
        assert line in report.stdout, report.stdout
    calls = re.findall(r"^ +\d+  (\w+) +\d+  (.*)$", report.stdout.split("\nPlan:")[1], re.M)
    ticks = [int(words.split()[1], 16) for name, words in calls if name == "write"]
    group = {name: 1 << int(words.split()[1], 16) for name, words in calls if name == "budget_group"}
    assert group == {"budget_group": 4} and [w.split()[1] for n, w in calls if n == "budget_group"] == ["1", "2"]
    million = 62500
    assert ticks == [4, 4 * million | 6 << 32, 2 * million, 3 * million | 1 << 32, million, 1, 5 * million | 5 << 32]
    assert [name for name, words in calls].index("plan_start") == len(calls) - 1


def test_gantt_shows_every_window(planned, good, files):
    result = tool(files, "gantt", planned, "-o", files / "gantt.svg")
    assert result.returncode == 0, result.stderr
    chart = ET.parse(files / "gantt.svg").getroot()
    bars = [(b[0], b[2]) for b in boxes(chart, CELLS)]
    frame = [b[2] for b in boxes(chart, ("band",))]
    assert len(frame) == 8 and len(set(frame)) == 1
    share = sorted(round(width / frame[0], 2) for _, width in bars)
    assert share == [0.3, 0.3, 0.4, 0.4, 1, 1, 1]
    texts = [t.text for t in chart.iter(SVG + "text")]
    for word in ("calm: core 0, a frame of 10000 us, from the start", "early", "late", "6000 us", "10000 us", "vmm"):
        assert word in texts, word
    result = tool(files, "gantt", good, "-o", files / "none.svg")
    assert result.returncode == 1 and "has no plans" in result.stderr


ORIGIN, FRAME, EARLY = 1000000, 625000, 250000  # ticks


def trace(runs, cell="client", more=""):
    """A tracer's console: frame number, first and last tick of each run of the cell, all in the window early."""
    lines = ["~trace 1 hz 62500000 cores 1", f"~cell 1 {cell}"]
    for frame, begin, end in runs:
        at = ORIGIN + int(frame * FRAME)
        lines += [f"~0 {at + begin:x} 1 1.1 32 {at + EARLY:x}00", f"~0 {at + end:x} 2 1.1 1 0"]
    return "\n".join([*lines, more]) + "\n"


COMPARED = {
    "good": (trace([(i, 10, EARLY + 40) for i in range(5)]), ["--busy"], "", "early +0 +4000000 +4 +160 +3999840 +640$"),
    "limit": (trace([(i, 10, EARLY + 40) for i in range(5)]), ["--limit", "600"], "client.1 runs for 640 ns in window '(nobody's)'", ""),
    "over": (trace([(0, 10, EARLY), (1, 10, EARLY + 300)]), [], "client.1 runs for 4800 ns in window '(nobody's)'", "4800$"),
    "elsewhere": (trace([(0, 10, EARLY), (1, 10, 20), (1, 500000, 500100)]), [], "until 13999840 ns, and it is 'late', until", ""),
    "lazy": (trace([(0, 10, EARLY), (1, 10, EARLY), (2, 10, EARLY // 2), (3, 10, EARLY)]), ["--busy"],
             "its cells had 1999840 of the 4000000 ns of window 'early'", ""),
    "drift": (trace([(0, 10, EARLY), (1.0016, 10, EARLY)]), [], "and it is 'early', until", ""),
    "lost": (trace([(0, 10, EARLY)], more="~lost 0 17\n~0 ffffff 7 1.1 0 0"), [], "has lost 17 records", ""),
    "stranger": (trace([(0, 10, EARLY)], cell="nobody"), [], "a cell 'nobody', which", ""),
    "never": (trace([]) + "~0 ffff 7 1.1 0 0\n", [], "no window of it ever begins", ""),
    "later": (trace([(0, 10, EARLY)], more="~0 ffffffffffffff 7 1.1 0 0"), [], "115292150459 frames after the first record, and at most 7500000 are", ""),
    "never again": (trace([(0, 10, EARLY)], more="~0 100000000000000 7 1.1 0 0"), [], "console.txt:5: a record is damaged", ""),
    "past": (trace([]) + "~0 ffff 1 1.1 32 fff000\n", [], "no window of it ever begins", ""),
    "present": (trace([]) + "~0 100000 1 1.1 32 10000000\n", [], "", "early .* 0 +0 +0 +0$"),
    "future": (trace([]) + "~0 ffff 1 1.1 32 ffffffffffffff00\n", [], "window 0, for 1152921504605798400 ns from now on, and the plan's has none", ""),
    "too soon": (trace([]) + "~0 ffff 1 1.1 32 1000000\n", [], "window 0, for 16 ns from now on, and the plan's has none", ""),
    "too many": (trace([]) + "~0 fffff 1 1.1 32 10000004\n", [], "window 4, for 16 ns from now on, and the plan's has none", ""),
    "empty": ("nothing\n", [], "there is no trace in it", ""),
}


@pytest.mark.parametrize("case", COMPARED)
def test_compare(planned, files, tmp_path, case):
    text, options, wrong, row = COMPARED[case]
    console = tmp_path / "console.txt"
    console.write_text(text)
    result = tool(files, "compare", planned, "--trace", console, *options)
    assert result.returncode == (1 if wrong else 0), result.stdout + result.stderr
    assert wrong in result.stderr and re.search(row, result.stdout, re.M), result.stdout + result.stderr


def test_compare_needs_a_trace_and_a_plan(planned, good, files, tmp_path):
    assert "nothing to compare with" in tool(files, "compare", planned).stderr
    console = tmp_path / "console.txt"
    console.write_text(COMPARED["good"][0])
    result = tool(files, "compare", good, "--trace", console)
    assert result.returncode == 1 and "there is nothing to compare" in result.stderr
    assert tool(files, "compare", planned, "--trace", tmp_path / "none").returncode == 1
    for limit in ("x", "", "-1", "1x", "1000000001", "18446744073709551617"):
        assert tool(files, "compare", planned, "--trace", console, "--limit", limit).returncode == 2


def test_options_and_files_of_trace(files, tmp_path):
    console = tmp_path / "console.txt"
    console.write_text(COMPARED["good"][0])

    def traced(*arguments, out=subprocess.PIPE):
        return subprocess.run([TOOL, "trace", *arguments], stdout=out, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)

    for number in ("", "x", "-5", "5x", "0x5", " 5", "18446744073709551616", "36893488147419103237"):
        assert traced(console, "--from", number).returncode == traced(console, "--to", number).returncode == 2, number
    assert traced(console, "--from", "10000", "--to", "18446744073709551615").stdout.startswith("8 records")
    assert "no record is between --from and --to" in traced(console, "--from", "5", "--to", "4").stderr
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "none", "No such file")):
        assert f"{path} cannot be read ({why}" in traced(path).stderr
        assert f"it cannot be read ({why}" in tool(files, "check", path).stderr
    assert "cannot be written (Is a directory)" in traced(console, "-o", tmp_path).stderr
    with open("/dev/full", "w") as full:
        assert "cannot be written (No space" in traced(console, out=full).stderr
    result = subprocess.run([TOOL, "trace", "/dev/stdin"], input=console.read_text(), capture_output=True, text=True)
    assert result.stdout == traced(console).stdout


@pytest.mark.parametrize("command", [["check"], ["draw", "-o", "/dev/full"], ["build", "-o", "/dev/full"], ["check", "-r", "/dev/full"],
                                     ["check", "-d", "/dev/full"], ["gantt", "-o", "/dev/full"]])
def test_full_disks_are_said(planned, files, command):
    with open("/dev/full", "w") as full:
        words = [TOOL, command[0], "-I", ROOT / "systems", "--files", files, *command[1:], planned]
        result = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=files, timeout=PATIENCE)
    assert result.returncode == 1 and "cannot be written (No space" in result.stderr


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """A folder with a QEMU that says how it was called and what the image starts with."""
    folder = tmp_path_factory.mktemp("emulator")
    program = folder / "qemu-system-aarch64"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nfor last; do :; done\nhead -c 60 "$last" | tail -c 4\n')
    program.chmod(0o755)
    return folder


def test_run_starts_what_the_board_says(good, files, emulator):
    source = files / "run.dts"
    source.write_text(good.read_text() + BOARD)
    path = {**os.environ, "PATH": f"{emulator}:{os.environ['PATH']}"}
    result = tool(files, "run", source, "--", "-icount", "shift=0", env=path)
    assert result.returncode == 0, result.stderr
    *words, file, magic = result.stdout.splitlines()
    assert words == "-nographic -net none -M some,thing=on -m 5G -icount shift=0 -kernel".split()
    assert file.startswith("/dev/fd/") and magic == "ARMd"


def test_cores_reach_boot_info_plan_report_and_emulator(good, files, emulator):
    source = files / "cores.dts"
    text = good.read_text().replace('priority = <50>;', 'priority = <50>; core = <2>;', 1)
    source.write_text(text + BOARD + "/ { board { cores = <0 1 0x100>; }; };\n")
    path = {**os.environ, "PATH": f"{emulator}:{os.environ['PATH']}"}
    result = tool(files, "run", source, env=path)
    assert result.returncode == 0 and "-smp\n3\n" in result.stdout, result.stderr
    report = tool(files, "check", source).stdout
    assert re.search(r"^\w+: native cell, priority 50, core 2,", report, re.M), report
    slot = re.search(r"^ +(\d+)  core +2$", report, re.M).group(1)
    assert re.findall(r"core_power +(\d+)  (\d+) ", report) == [(slot, "3")]
    assert "core 2" in tool(files, "draw", source, "-o", "/dev/stdout").stdout


def test_run_needs_an_emulator_and_a_board_that_has_one(good, files, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("cpp", "dtc"):
        (programs / name).symlink_to(subprocess.run(["which", name], capture_output=True, text=True).stdout.strip())
    result = tool(files, "run", good, env={**os.environ, "PATH": str(programs)})
    assert result.returncode == 1 and "install the Debian package qemu-system-arm" in result.stderr
    source = files / "unknown.dts"
    source.write_text(good.read_text() + "/ { board { /delete-property/ qemu; }; };")
    result = tool(files, "run", source)
    assert result.returncode == 1 and "the board has no property qemu" in result.stderr


@pytest.mark.parametrize("arguments", [["draw"], ["run"], ["draw", "x.dts"], ["build", "x.dts"], ["check", "x.dts", "--", "-m"],
                                       ["run", "x.dts", "y.dts"], ["nonsense", "x.dts"], []])
def test_usage(arguments, files):
    result = subprocess.run([TOOL, *arguments], capture_output=True, text=True, cwd=files)
    assert result.returncode == 2 and result.stderr.startswith("usage: bulkhead")
