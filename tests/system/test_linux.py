# SPDX-License-Identifier: Apache-2.0
"""Somebody works with the main demo: Linux, the RTOS and the native cells, and crashes them while Linux computes."""

import datetime
import os
import pathlib
import re

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
PREFIX = "\x14"  # Ctrl-T
PATIENCE = 900  # host seconds; what is waited for are events
# An instruction takes 2 ns: whatever the build machine does, the RTOS cannot take all of the core's time.
MACHINES = {"gicv3": ("", "virt,virtualization=on,gic-version=3 -cpu cortex-a53 -m 256M"),
            "gicv2": ("-gicv2", "virt,virtualization=on,gic-version=2 -cpu cortex-a53 -m 256M")}
MD5 = "90b741f98410e3bb408d92fa49f9c436  -"  # of 4 MB of zeros
CHECKSUM = "20492a4d0d84f8beb1767f6616229f85d44c2827b64bdbfb260ee12fa1109e0e"  # of 100 MiB of zeros


class Terminal:
    """QEMU's console. Text of all cells comes interleaved, but in whole lines; Linux has the focus at the start."""

    def __init__(self, image, machine, time):
        assert image.exists(), f"{image} is not built: make system-tests"
        options = f"-M {machine} {time} -nographic -net none -kernel {image}"
        self.qemu = pexpect.spawn("qemu-system-aarch64 " + options, encoding="utf-8", timeout=PATIENCE)
        self.qemu.delaybeforesend = None
        self.commands = 0
        log = OUT / "console" / f"{image.stem}.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        self.qemu.logfile_read = open(log, "w", encoding="utf-8")

    def expect(self, pattern):
        self.qemu.expect(pattern)
        return self.qemu.match

    def line(self, client, pattern):
        """A line of a client that has the pattern in it; returns the match."""
        return self.expect(rf"{client}: (?:\x1b\[0m)?[^\n]*?{pattern}[^\n]*\n")

    def shell(self):
        """Linux has booted, and its shell waits; meanwhile the RTOS and the native cells went on."""
        self.line("linux", r"Linux \S+ is up")
        assert re.search(r"jitter: [^\n]*\d+ s: ", self.qemu.before)
        self.expect("linux# ")

    def run(self, command):
        """What a command of Linux prints, without what others print."""
        self.commands += 1
        n = self.commands
        self.qemu.send(f"echo 'begin'{n}; {command}; echo 'code'$? 'end'{n}\r")
        self.expect(rf"begin{n}\r")
        self.expect(rf"code(\d+) end{n}\r")
        assert self.qemu.match[1] == "0", f"{command}: status {self.qemu.match[1]}"
        lines = re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", self.qemu.before).replace("\r", "").split("\n")
        said = (line[7:] for line in lines if line.startswith("linux: "))
        return "\n".join(line for line in said if not re.match(r"\[ *\d+\.\d+\] ", line)).strip()  # but not what its kernel says

    def focus(self, key, client):
        self.qemu.send(PREFIX + key)
        self.expect(f"console: what you type goes to {client}")

    def text(self):
        """All that came so far."""
        return pathlib.Path(self.qemu.logfile_read.name).read_text(encoding="utf-8")

    def others_go_on(self):
        """The RTOS reaches its next seconds, and the native cells say so."""
        first = int(self.line("jitter", r"(\d+) s: ")[1])
        for _ in range(2):
            later = int(self.line("jitter", r"(\d+) s: ")[1])
        assert later > first

    def leave(self):
        self.qemu.send(PREFIX + "q")
        self.expect("console: the machine goes off")
        self.expect(pexpect.EOF)


@pytest.fixture(params=MACHINES)
def machine(request):
    return request.param


@pytest.fixture
def boot(machine):
    terminals = []

    def start(system, time="-icount shift=1"):
        suffix, options = MACHINES[machine]
        terminals.append(Terminal(OUT / "release" / f"{system}{suffix}.img", options, time))
        terminals[0].expect(r"warden: \d+ cells built, 0 failed")
        return terminals[0]

    yield start
    for terminal in terminals:
        terminal.qemu.terminate(force=True)


def check_machine(terminal, machine):
    interrupts = terminal.run("cat /proc/interrupts")
    gic = {"gicv3": "GICv3", "gicv2": "GICv2|GIC-0"}[machine]
    for name, number, least in (("arch_timer", 27, 50), ("uart-pl011", 33, 1), ("rtc-pl031", 34, 0)):
        found = re.search(rf"\d+: +(\d+) +(?:{gic}) +{number} .*{name}", interrupts)
        assert found and int(found[1]) >= least, interrupts
    assert re.search(r"Err: +0\b", interrupts), interrupts
    date = datetime.datetime.strptime(terminal.run("date -u '+%F %T'"), "%Y-%m-%d %H:%M:%S")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    assert abs(now - date) < datetime.timedelta(hours=1)
    assert "40000000-47ffffff : System RAM" in terminal.run("cat /proc/iomem")
    total = int(re.search(r"MemTotal: +(\d+) kB", terminal.run("cat /proc/meminfo"))[1])
    assert 90 * 1024 < total < 128 * 1024
    assert terminal.run("dmesg | grep -iE 'oops|bug:|stall|lockup|spurious|bad irq' || true") == ""


def check_typing(terminal):
    assert "Running" in terminal.run("sleep 1000 & jobs")
    terminal.run("kill %1")
    terminal.qemu.send("echo 'cat'ches; cat\r")  # which reads until it is interrupted
    terminal.line("linux", "catches")
    terminal.qemu.send("some words\r")
    for _ in range(2):  # the terminal's echo, then cat's output
        terminal.line("linux", "some words")
    terminal.qemu.send("\x03")
    terminal.expect(r"\^C")
    assert "7" in terminal.run("echo $((3 + 4))")


def test_demo(boot, machine):
    """Boots to the shell; typing, switching, reboot and poweroff work, and concern one VM."""
    terminal = boot("demo")
    terminal.shell()
    check_machine(terminal, machine)
    check_typing(terminal)
    assert "may not post priorities" in terminal.run("bh-post 10 2>&1 || true")
    terminal.focus("r", "rtos")
    terminal.qemu.send("s")
    terminal.line("rtos", r"(\d+) periods of 1000 us")
    terminal.focus("1", "linux")

    terminal.qemu.send("reboot\r")
    terminal.line("linux", "vmm: the guest asked for a reset")
    terminal.line("linux", r"\[ +0\.0+\] Booting Linux on physical CPU")
    terminal.shell()
    check_machine(terminal, machine)

    terminal.qemu.send("poweroff\r")
    terminal.line("linux", "vmm: the guest has switched itself off")
    terminal.others_go_on()
    terminal.focus("r", "rtos")
    terminal.qemu.send("s")
    terminal.line("rtos", r"(\d+) periods of 1000 us")
    terminal.leave()


def seconds_of(terminal, command):
    """How long a command that computes takes, by Linux's clock."""
    text = terminal.run(f"time {command} sh -c 'dd if=/dev/zero bs=1M count=4 2>/dev/null | sha256sum'")
    return float(re.search(r"real\s+0m (\d+\.\d+)s", text)[1])


def test_posts(boot):
    """Linux posts: beside a cell of 250 per mille above its ceiling of 50, and one of 500, of priority 40, below."""
    terminal = boot("tests/system/posts")
    terminal.line("linux", r"Linux \S+ is up")
    terminal.expect("linux# ")
    at_first = seconds_of(terminal, "")  # at its ceiling: it has 750
    assert terminal.run("bh-post 20; devmem 0x0b000000; devmem 0x0b000004").split() == ["0x00000014"] * 2
    low = seconds_of(terminal, "")  # 250
    assert 2.5 * at_first < low < 3.6 * at_first
    for priority in ("45", "255"):
        high = seconds_of(terminal, f"bh-post {priority}")
        assert 0.9 * at_first < high < 1.5 * at_first, f"at {priority}"
    assert "not found" in terminal.run("bh-post 45 nothing 2>&1 || true")
    assert terminal.run("devmem 0x0b000000") == "0x00000014"
    low = seconds_of(terminal, "")
    assert 2.5 * at_first < low < 3.6 * at_first
    top = [int(n) for n in re.findall(r"top: (?:\x1b\[0m)?(\d+) of 1000", terminal.text())]
    assert len(top) > 10 and min(top[1:]) >= 200, top  # whatever Linux posted
    terminal.leave()


def break_rtos(terminal, key, report):
    """The RTOS dies, is said to have died, and is started again by its vmm."""
    terminal.focus("r", "rtos")
    terminal.qemu.send(key)
    terminal.line("rtos", r"CRASH of [^\n]*" + report)
    terminal.line("rtos", "vmm: the guest asked for a reset and is started anew")
    terminal.line("rtos", r"start (\d+), ")
    terminal.others_go_on()


def break_driver(terminal, key, what, starts):
    """The driver cell dies, the warden says so and builds it again; its client goes on."""
    terminal.focus("b", "breaker")
    terminal.qemu.send(key)
    terminal.line("breaker", f"goes wrong: {what}")
    terminal.expect("warden: cell breaker is stopped by a fault")
    terminal.line("witness", f"start {starts} of the breaker: calls and channel work")


def test_kill(boot):
    """Linux computes checksums of 100 MiB while a driver cell and the RTOS crash in every way."""
    terminal = boot("tests/system/kill")
    terminal.line("witness", "start 1 of the breaker: calls and channel work")
    terminal.shell()
    terminal.run("(while [ ! -e /tmp/stop ]; do dd if=/dev/zero bs=1M count=100 2>/dev/null | sha256sum; done; "
                 "echo summed) & true")
    break_driver(terminal, "p", "bad pointer", 2)
    break_rtos(terminal, "c", "nothing is mapped")
    break_driver(terminal, "s", "stack overflow", 3)
    break_rtos(terminal, "o", "")
    terminal.focus("b", "breaker")
    terminal.qemu.send("g")
    terminal.line("witness", "garbage in the channel, not believed")
    break_driver(terminal, "p", "bad pointer", 4)
    break_rtos(terminal, "l", "")
    terminal.focus("r", "rtos")
    terminal.qemu.send("g")
    terminal.line("rtos", "garbage is in its channel")
    terminal.others_go_on()
    terminal.focus("b", "breaker")
    terminal.qemu.send("l")  # above Linux and all services, for ever, within its budget
    terminal.line("breaker", "goes wrong: endless loop")
    terminal.others_go_on()
    terminal.focus("1", "linux")
    terminal.qemu.send("touch /tmp/stop\r")
    terminal.line("linux", "summed")
    sums = re.findall(r"([0-9a-f]{64})  -", terminal.text())
    assert sums and set(sums) == {CHECKSUM}
    terminal.run("true")
    terminal.leave()


def counts_of(terminal, rows):
    """How often each processor took these interrupts of /proc/interrupts."""
    text = terminal.run(f"grep '{rows}' /proc/interrupts")
    counts = re.findall(r"^ *\w+: +(\d+) +(\d+) ", text, re.MULTILINE)
    return [sum(int(number) for number in of_one) for of_one in zip(*counts)]


def both_took(terminal, row, before):
    return all(now > then for now, then in zip(counts_of(terminal, row), before))


def posted(terminal, command=""):
    """What each processor that is on has posted, while a command that gets it as an argument runs."""
    look = "for i in 1 2; do taskset $i devmem 0x0b000000 2>/dev/null || true; done"
    return [int(word, 16) for word in terminal.run(f"{command} sh -c '{look}'").split()]


def check_posts(terminal):
    """On both processors, and on the one that is left; who comes back has its limit."""
    assert posted(terminal) == [255, 255]
    terminal.run("bh-post 20")
    assert posted(terminal, "bh-post 45") == [45, 45]
    assert posted(terminal) == [20, 20]
    terminal.run("echo 0 > /sys/devices/system/cpu/cpu1/online")
    assert posted(terminal, "bh-post 46") == [46]
    assert posted(terminal, "bh-post 47 sh -c 'echo 1 > /sys/devices/system/cpu/cpu1/online; exec \"$@\"' -") == [47, 255]
    assert posted(terminal) == [20, 255]
    terminal.run("bh-post 255")


def test_cpus(boot):
    """Two processors on two cores that run at the same time: work and interrupts on both, one goes off and comes back."""
    terminal = boot("tests/system/cpus", "-smp 2")
    terminal.line("linux", r"Linux \S+ is up")
    terminal.expect("linux# ")
    terminal.run("dmesg -n 1")
    assert terminal.run("nproc") == "2"
    assert terminal.run("cat /sys/devices/system/cpu/online") == "0-1"
    timers, wakes = counts_of(terminal, "arch_timer"), counts_of(terminal, "IPI[01]:")  # wake-ups, work for another
    for mask in (1, 2):  # each alone, then both
        assert terminal.run(f"taskset {mask} sh -c 'head -c 4000000 /dev/zero | md5sum'") == MD5
    assert terminal.run("for i in 1 2 3 4; do head -c 4000000 /dev/zero | md5sum & done; wait").count(MD5) == 4
    for to in (1, 2):  # who sleeps on one processor is woken from the other
        terminal.run(f"taskset {3 - to} sh -c 'for i in 1 2 3 4 5; do usleep 100000; echo; done' | taskset {to} cat >/dev/null")
    assert both_took(terminal, "arch_timer", timers) and both_took(terminal, "IPI[01]:", wakes)
    uart = counts_of(terminal, "uart-pl011")
    number = terminal.run("grep uart-pl011 /proc/interrupts").split(":")[0].strip()
    terminal.run(f"echo 2 > /proc/irq/{number}/smp_affinity")  # its line changes processors
    terminal.run("echo moved")
    assert counts_of(terminal, "uart-pl011")[1] > uart[1]
    for _ in range(3):
        terminal.run("echo 0 > /sys/devices/system/cpu/cpu1/online")  # PSCI CPU_OFF, AFFINITY_INFO
        assert terminal.run("nproc") == "1"
        terminal.run("echo 1 > /sys/devices/system/cpu/cpu1/online")  # CPU_ON
        assert terminal.run("nproc") == "2"
        assert terminal.run("taskset 2 sh -c 'head -c 4000000 /dev/zero | md5sum'") == MD5
    check_posts(terminal)
    assert terminal.run("dmesg | grep -iE 'oops|bug:|lockup|spurious|bad irq' || true") == ""
    terminal.qemu.send("poweroff\r")
    terminal.line("linux", "vmm: the guest has switched itself off")
    terminal.leave()
