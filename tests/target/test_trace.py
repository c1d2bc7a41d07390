# SPDX-License-Identifier: Apache-2.0
"""systems/trace.dts: the cell that traces, its keys, and what the tool makes of its console."""

import json
import os
import pathlib
import re
import subprocess

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
PATIENCE = 900  # host seconds, far more than anything takes


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """What was on the console from the start until every key had its answer."""
    image = OUT / "release" / "trace.img"
    if not image.exists():
        pytest.skip(f"{image} is not built: make systems")
    log = tmp_path_factory.mktemp("trace") / "console"
    with log.open("w") as file:
        child = pexpect.spawn("qemu-system-aarch64", [
            "-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a53", "-m", "256M", "-icount", "shift=1",
            "-nographic", "-net", "none", "-kernel", str(image)], encoding="utf-8", timeout=PATIENCE)
        child.delaybeforesend = None
        child.logfile_read = file
        try:
            child.expect("~cell 2 echo")
            child.expect(r"~0 [0-9a-f]+ 2 1\.1 4 0")  # the client has done all
            child.send("c")
            child.expect(r"client: [0-9]+ of [0-9]+ slots, 1 threads, 0 faults, 0 calls refused, [0-9]+ us")
            child.expect(r"echo: [0-9]+ of [0-9]+ slots, 1 threads")
            child.send("?")
            child.expect("g: go on")
            child.send("d")
            child.expect("~trace 1 hz 62500000 cores 1")
            child.expect("~cell 2 echo")
        finally:
            child.kill(9)  # an idle machine with -icount may not see a SIGTERM
            child.close(force=True)
    return log


def bulkhead(console, *options):
    result = subprocess.run([OUT / "bulkhead", "trace", console, *options], capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_text(console):
    """The client's ten calls, each served at once, and nothing of the console that it calls as well."""
    text = bulkhead(console)
    assert re.match(r"[0-9]+ records on 1 core of client, echo; 0 lost\n", text)
    whos = set(re.findall(r"us  0  (\S+)  ", text))
    assert whos == {"client.1", "echo.1"}
    served = re.findall(r"client\.1 +stops: it waits for an answer\n.* echo\.1 +runs for somebody else\n"
                        r".* echo\.1 +reply_wait: answers and waits\n.* echo\.1 +stops: it waits for work\n"
                        r".* client\.1 +runs, priority 50\n", text)
    assert len(served) == 10
    times = [float(time) for time in re.findall(r"^ +([0-9.]+) us ", text, re.M)]
    assert times == sorted(times)


def test_json(console):
    events = json.loads(bulkhead(console, "--json"))["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    assert {span["name"] for span in spans} == {"client.1", "echo.1"}
    ends = [(span["ts"], span["ts"] + span["dur"]) for span in spans]
    assert all(a[1] <= b[0] + 0.0015 for a, b in zip(ends, ends[1:]))  # one core runs one thread


def test_svg(console, tmp_path):
    out = tmp_path / "trace.svg"
    assert bulkhead(console, "--svg", "-o", str(out)) == ""
    assert "client.1" in out.read_text() and out.read_text().endswith("</svg>\n")


def test_damaged(console, tmp_path):
    """A line that was cut is found."""
    lines = console.read_text().splitlines(keepends=True)
    at = next(i for i, line in enumerate(lines) if re.search(r"~0 [0-9a-f]+ 3 ", line))
    lines[at] = lines[at].rstrip()[:-2] + "\n"
    damaged = tmp_path / "damaged"
    damaged.write_text("".join(lines))
    result = subprocess.run([OUT / "bulkhead", "trace", damaged], capture_output=True, text=True, timeout=600)
    assert result.returncode == 1 and result.stdout == ""
    assert f"damaged:{at + 1}: a record is damaged" in result.stderr
