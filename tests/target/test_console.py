# SPDX-License-Identifier: Apache-2.0
"""Somebody sits at the terminal: types, switches, lists, floods, meets hung and hostile clients, leaves."""

import os
import pathlib
import re
import time

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
PREFIX = "\x14"  # Ctrl-T
BELL = "\a"
PATIENCE = 900  # host seconds, far more than anything takes


MACHINES = {
    "console": "virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 256M",
    "console-zcu102": "xlnx-zcu102,virtualization=on -m 1G",  # another UART
}


def start(kind, system):
    image = OUT / kind / "tests" / "target" / f"{system}.img"
    if not image.exists():
        pytest.skip(f"{image} is not built: make tests BUILD={kind}")
    arguments = ["-M", *MACHINES[system].split(), "-nographic", "-net", "none", "-kernel", str(image)]
    child = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=PATIENCE)
    child.delaybeforesend = None
    return child


@pytest.fixture(params=[("release", "console"), ("debug", "console"), ("release", "console-zcu102")],
                ids=lambda which: "-".join(which))
def qemu(request):
    child = start(*request.param)
    yield child
    child.terminate(force=True)


def name(client):
    """A client's name as its lines begin, in its colour."""
    return rf"\x1b\[3[1-6]m{client}: \x1b\[0m"


def expect_line(qemu, pattern):
    """The rest of a line; QEMU's terminal adds a carriage return to each newline."""
    qemu.expect(pattern + r"\r*\n")


def enter(qemu, line):
    """Each character comes back before the next one is typed: a FIFO has a size."""
    for character in line:
        qemu.send(character)
        qemu.expect_exact(character)
    qemu.send("\r")
    expect_line(qemu, f"heard '{line}'")


def switch(qemu, key, client):
    qemu.send(PREFIX + key)
    expect_line(qemu, f"console: what you type goes to {client}")


def test_type_switch_list_leave(qemu):
    qemu.expect(name("alpha") + "> ")
    qemu.expect(name("client") + "done")
    enter(qemu, "hello")
    qemu.expect(name("alpha") + "> ")
    switch(qemu, "2", "beta")
    qemu.expect(name("beta") + "> ")
    enter(qemu, "there")
    qemu.expect(name("beta") + "> ")
    switch(qemu, "a", "alpha")
    qemu.expect(name("alpha") + "> ")  # that prompt comes back
    enter(qemu, "again")
    qemu.send(PREFIX + "l")
    for row in ("  1 alpha (is typed to)", "  2 beta", "  - beta (speaks only)", "  - echo (speaks only)", "  - client (speaks only)"):
        expect_line(qemu, "console: " + re.escape(row))
    qemu.send(PREFIX + "?")
    expect_line(qemu, "console: Ctrl-T q        switch the machine off")
    qemu.send(PREFIX + "x")
    qemu.expect_exact(BELL)
    qemu.send(PREFIX + "q")
    expect_line(qemu, "console: the machine goes off")
    qemu.expect(pexpect.EOF)


def test_prompt_stays_while_others_speak(qemu):
    qemu.expect(name("client") + "done")
    qemu.expect(name("alpha") + "> ")  # shown again below
    qemu.send("ab\x7fc")
    qemu.expect_exact("ab\b \bc")


def test_flood_leaves_others_alive(qemu):
    qemu.expect(name("client") + "done")
    switch(qemu, "2", "beta")
    enter(qemu, "flood")
    switch(qemu, "1", "alpha")
    enter(qemu, "alive")
    assert "flooded" not in qemu.before
    expect_line(qemu, name("beta") + "flood 20000")
    expect_line(qemu, name("beta") + "flooded")


def test_flood_of_empty_lines(qemu):
    qemu.expect(name("client") + "done")
    enter(qemu, "blank")
    expect_line(qemu, name("alpha") + "blanked")
    assert len(re.findall("alpha: ", qemu.before)) == 2000
    enter(qemu, "alive")


def test_hung_reader_rings_the_bell(qemu):
    qemu.expect(name("client") + "done")
    enter(qemu, "hang")
    expect_line(qemu, name("alpha") + "hangs")
    qemu.send("y" * 1000)  # more than 16 entries of one FIFO each
    qemu.expect_exact(BELL)
    switch(qemu, "2", "beta")
    enter(qemu, "still here")


def test_hostile_client_stays_in_its_line(qemu):
    qemu.expect(name("client") + "done")
    enter(qemu, "hostile")
    expect_line(qemu, name("alpha") + "warden: forged")
    expect_line(qemu, re.escape("[its channel has impossible indices and is ignored]\x1b[0m"))
    switch(qemu, "2", "beta")
    enter(qemu, "still here")
    qemu.send(PREFIX + "l")
    expect_line(qemu, re.escape("console:   1 alpha (its channel is damaged)"))


def test_slow_terminal_loses_nothing(qemu):
    """Nobody reads for a while: QEMU's UART is full (that of the ZCU102 has a FIFO), then rings are, then writers wait."""
    qemu.expect(name("client") + "done")
    switch(qemu, "2", "beta")
    enter(qemu, "flood")
    time.sleep(2)  # however much is written meanwhile
    expect_line(qemu, name("beta") + "flooded")
    numbers = re.findall(r"beta: \x1b\[0mflood (\d+)\r", qemu.before)
    assert numbers == [str(number) for number in range(1, 20001)]


def test_driver_dies_and_clients_go_on(qemu):
    qemu.expect(name("client") + "done")
    switch(qemu, "2", "beta")
    enter(qemu, "kill")
    expect_line(qemu, r"warden: cell console is stopped by a fault .*; it is restarted, all others go on")
    expect_line(qemu, name("beta") + "goes on")
    expect_line(qemu, name("beta") + "called")  # by its badge
    expect_line(qemu, name("beta") + "call: 0")
    switch(qemu, "1", "alpha")
    enter(qemu, "works")
    switch(qemu, "2", "beta")
    enter(qemu, "works, too")
