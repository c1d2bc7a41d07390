# SPDX-License-Identifier: Apache-2.0
"""A kernel that finds itself broken on one core runs no cell on any: a debugger sends a core to where an impossible exception leads."""

import os
import pathlib
import socket
import subprocess

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OUT = ROOT / os.environ.get("O", "out")
PATIENCE = 900  # host seconds
LOADED = 0x40080000
PC, PSTATE = 32, 33  # registers of GDB's remote protocol for AArch64


class Debugger:
    """As much of GDB's remote protocol as this needs (GDB manual, E.2 packets, E.3 stop replies)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("rb")
        self.stop()
        self.ask("qXfer:features:read:target.xml:0,ffb")  # who has not seen it may not name a register

    def answer(self):
        while self.stream.read(1) != b"$":
            pass
        text = bytearray()
        while (byte := self.stream.read(1)) != b"#":
            text += byte
        self.stream.read(2)
        self.socket.sendall(b"+")
        return text.decode()

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())

    def ask(self, text):
        self.send(text)
        return self.answer()

    def stop(self):
        self.socket.sendall(b"\x03")
        return self.answer()

    def register(self, core, number):
        assert self.ask(f"Hg{core + 1}") == "OK"
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")


def address(name):
    """Of a function of the kernel, as it is loaded."""
    symbols = subprocess.run(["aarch64-linux-gnu-nm", OUT / "release" / "kernel.elf"], capture_output=True, text=True, check=True).stdout
    return LOADED + next(int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(f" {name}"))


def where(debugger):
    """PC of both cores, and whether both are at EL2."""
    debugger.stop()
    at = [debugger.register(core, PC) for core in (0, 1)]
    inside = all(debugger.register(core, PSTATE) >> 2 & 3 == 2 for core in (0, 1))
    debugger.send("c")
    return at, inside


@pytest.mark.parametrize("gic", [3, 2])
def test_all_cores_stop(tmp_path, gic):
    image = OUT / "release" / "tests" / "target" / ("posters.img" if gic == 3 else "posters-gicv2.img")
    assert image.exists(), f"{image} is not built: make tests"
    arguments = ["-M", f"virt,virtualization=on,gic-version={gic}", "-cpu", "cortex-a53", "-m", "256M", "-smp", "2", "-nographic",
                 "-net", "none", "-gdb", f"unix:{tmp_path}/gdb,server=on,wait=off", "-kernel", str(image)]
    qemu = pexpect.spawn("qemu-system-aarch64", arguments, encoding="utf-8", timeout=PATIENCE)
    try:
        qemu.expect("PASS posters.equal")  # cells that never wait run on both cores
        debugger = Debugger(tmp_path / "gdb")
        entry = f"1,{address('entry_call'):x},4"
        assert debugger.ask(f"Z{entry}") == "OK"
        assert debugger.ask("c").startswith("T05")
        assert debugger.ask(f"z{entry}") == "OK"
        assert debugger.ask(f"P{PC:x}={address('exception_kernel').to_bytes(8, 'little').hex()}") == "OK"
        debugger.send("c")
        qemu.expect("kernel panic: exception at EL2")
        before, inside = where(debugger)
        for _ in range(200):  # a core that goes on is somewhere else each time
            now, inside = where(debugger)
            if inside and now == before:
                break
            before = now
        assert inside and now == before, f"cores at {[hex(pc) for pc in now]}"
    finally:
        qemu.terminate(force=True)
