# SPDX-License-Identifier: Apache-2.0
"""Every broken description here is refused with the sentence in its second line, and every rule has one.

Run with pytest; BULKHEAD names the tool (default: out/bulkhead). Needs no cross compiler: the programs
that the descriptions name are made here.
"""

import os
import pathlib
import random
import re
import struct
import subprocess
import textwrap

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOOL = pathlib.Path(os.environ.get("BULKHEAD", ROOT / "out" / "bulkhead")).resolve()
PATIENCE = 900  # host seconds: only what hangs takes so long
BAD = sorted(HERE.glob("*.dts"))

AARCH64, X86_64 = 183, 62
READ, WRITE, EXECUTE = 4, 2, 1


def elf(machine=AARCH64, flags=READ | EXECUTE, size=0x1800):
    """An executable with one code segment at 4 MiB and one of zeroes behind it."""
    address, body = 0x400000, b"\x1f\x20\x03\xd5" * (size // 4)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, address, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    code = struct.pack("<IIQQQQQQ", 1, flags, 176, address, address, size, size, 4096)
    zeroes = struct.pack("<IIQQQQQQ", 1, READ | WRITE, 176, 0x410000, 0x410000, 0, 0x3000, 4096)
    return header + code + zeroes + body


def kernel():
    data = bytearray(0x8000)
    data[56:60] = b"ARM\x64"
    return bytes(data)


def guest_elf(address=0x40080000, entry=None, size=0x1000, segments=1):
    """An executable for a guest: segments of size bytes, each 2 KiB above the one before."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 2, AARCH64, 1, address if entry is None else entry, 64, 0, 0, 64, 56,
                          segments, 0, 0, 0)
    for i in range(segments):
        at = address + i * 0x800
        header += struct.pack("<IIQQQQQQ", 1, READ | EXECUTE, 0, at, at, min(size, 64), size, 4096)
    return header


def image():
    """An arm64 Image that wants 64 KiB at the start of RAM."""
    data = bytearray(kernel())
    data[16:24] = struct.pack("<Q", 0x10000)
    return bytes(data)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    contents = {
        "kernel.bin": kernel(),
        "warden.elf": elf(),
        "prog.elf": elf(),
        "other.elf": elf(machine=X86_64),
        "wx.elf": elf(flags=READ | WRITE | EXECUTE),
        "guest.bin": bytes(8192),
        "huge.bin": bytes(2 << 20),
        "Image": image(),
        "low.elf": guest_elf(),
        "high.elf": guest_elf(address=0x50000000),
        "overlap.elf": guest_elf(segments=2),
        "entry.elf": guest_elf(entry=0x1000),
        "whole.elf": guest_elf(address=0x40000000, size=516 << 10),
        "packed": b"\x1f\x8b" + bytes(100),
        "narrow": b"\x7fELF\x01\x01\x01" + bytes(100),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return folder


def check(source, files, *options):
    command = [TOOL, "check", "-I", ROOT / "systems", *options, "--files", files, source]
    return subprocess.run(command, capture_output=True, text=True, errors="replace", cwd=files, timeout=PATIENCE)


def comment(source, word):
    found = re.search(rf"^/\* {word}: (.*) \*/$", source.read_text(), re.M)
    return found.group(1) if found else None


@pytest.mark.parametrize("source", BAD, ids=[s.stem for s in BAD])
def test_refused(source, files):
    options = (comment(source, "options") or "").split()
    result = check(source, files, *options)
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout == ""
    faults = [line for line in result.stderr.splitlines() if re.search(r" \[[a-z_]+\]$", line)]
    assert len(faults) == 1, result.stderr
    assert comment(source, "expect") in faults[0]
    assert faults[0].endswith(f"[{source.stem.split('-')[0]}]")


@pytest.mark.parametrize("source", BAD, ids=[s.stem for s in BAD])
def test_line_is_that_of_the_node(source, files):
    result = check(source, files, *(comment(source, "options") or "").split())
    found = re.match(rf"bulkhead: {re.escape(str(source))}:(\d+): (/\S+): ", result.stderr)
    if found:
        line = source.read_text().splitlines()[int(found.group(1)) - 1]
        nodes = [*found.group(2).split("/")[1:], "/"]
        assert line.split()[0] in nodes, line
    else:
        assert source.stem in ("syntax", "property_missing-board", "kernel_format")


def test_every_rule_is_broken():
    rules = subprocess.run([TOOL, "rules"], capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in rules.splitlines()} == {s.stem.split("-")[0] for s in BAD}


GOOD = """/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {
    memories { ring { size = <KIB(8)>; }; };
    channels { pipe { size = <KIB(8)>; ends = "server", "client"; }; };
    cells {
        server { program = "prog"; priority = <60>; serves = "door"; devices = "uart"; awaits = "go"; reads = "ring"; };
        client { program = "prog"; priority = <50>; calls = "door"; notifies = "go"; writes = "ring"; fp;
                 memory { heap = <MIB(2)>; }; values { rounds = <3>; };
                 caps { pool { pool = <KIB(64)>; }; it { cell = "server"; rights = "info"; }; }; };
        vmm { program = "prog"; priority = <40>; };
        vm { guest = "guest"; ram = <MIB(8)>; vmm = "vmm"; priority = <30>; lines = <33>; line-names = "uart"; };
    };
};
"""


@pytest.fixture(scope="session")
def good(files):
    source = files / "good.dts"
    source.write_text(GOOD)
    return source


def test_good_one_is_accepted(good, files):
    result = check(good, files)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


TWO_CORES = """/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {
    board { cores = <2>; };
    cells {
        here { program = "prog"; priority = <60>; moves = "guest", "vm"; moves-to = <1>; };
        there { program = "prog"; priority = <50>; core = <1>; budget = <5000 10000>; };
        guest { program = "prog"; priority = <50>; budget = <2000 10000>; };
        vmm { program = "prog"; priority = <40>; };
        vm { guest = "guest"; ram = <MIB(8)>; vmm = "vmm"; priority = <30>; cpus = <2>; cores = <0 1>; };
    };
    plans {
        one { frame = <10000>; starts; rest { at = <0>; length = <2000>; others; }; };
        two { core = <1>; frame = <10000>; starts;
              own { at = <0>; length = <5000>; cells = "there"; }; theirs { at = <5000>; length = <5000>; cells = "guest", "vm"; }; };
    };
};
"""


def test_plans_concern_the_cells_of_their_core_and_those_moved_there(files, tmp_path):
    """A budget on core 1 needs no window of core 0; a window of core 1 may name what is moved there."""
    source = tmp_path / "cores.dts"
    source.write_text(TWO_CORES)
    result = check(source, files)
    assert result.returncode == 0, result.stderr
    plans = result.stdout[result.stdout.index("  one: core 0"):result.stdout.index("The warden's table")]
    assert re.findall(r"us  (\S+) +(.*)$", plans, re.M) == [("rest", "warden, here, guest, vmm, vm"), ("-", "nobody"), ("own", "there"), ("theirs", "guest, vm")]
    assert set(re.findall(r"budget_group +\d+  \d+ (\d+)", result.stdout)) == {"1", "2"}


PASSED = """/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {
    board { devices { net { registers = /bits/ 64 <0x09050000 0x1000>; interrupts = <44 287>; }; }; };
    cells {
        sender { program = "prog"; priority = <50>; notifies = "go"; };
        vmm { program = "prog"; priority = <40>; };
        vm { guest = "guest"; ram = <MIB(8)>; vmm = "vmm"; priority = <30>; devices = "net"; awaits = "go"; };
    };
};
"""


def test_device_of_a_vm(files, tmp_path):
    """Registers where they are, interrupts to its vmm, and none of theirs is taken for a signal."""
    source = tmp_path / "passed.dts"
    source.write_text(PASSED)
    result = check(source, files)
    assert result.returncode == 0, result.stderr
    vmm, vm = re.split(r"^vm: ", result.stdout[result.stdout.index("\nvmm: "):], flags=re.M)[:2]
    assert re.findall(r"(net-irq\d?) += (\d+)", vmm) == [("net-irq", "44"), ("net-irq1", "287")]
    assert re.search(r" net .* vm rw- at 0x9050000$", result.stdout, re.M)
    assert re.findall(r"interrupt (\d+): (device|signal) '(\w+)'", vm) == [("44", "device", "net"), ("287", "device", "net"), ("286", "signal", "go")]


def test_examples_of_the_manual_are_accepted(files, tmp_path):
    """All fragments of docs/description.md together are one system."""
    text = (ROOT / "docs" / "description.md").read_text()
    blocks = re.findall(r"^(?:    .*\n|\n)+", text, re.M)
    blocks = [textwrap.dedent(b).strip("\n") + "\n" for b in blocks if "{" in b]
    whole = [b for b in blocks if b.startswith("/dts-v1/")]
    board = [b for b in blocks if b.startswith("devices {")]
    plans = [b for b in blocks if b.startswith("plans {")]
    root = [line for b in blocks for line in b.splitlines() if re.match(r"kernel|memories|channels", line)]
    blocks = [re.sub(r"^(kernel|memories|channels).*\n", "", b, flags=re.M) for b in blocks]
    blocks = [b for b in blocks if b]
    cells = [b for b in blocks if b not in whole + board + plans + root]
    assert len(whole) == 1 and len(board) == 1 and len(plans) == 1 and len(root) == 6 and len(cells) == 7
    used = 'sink { program = "sink"; priority = <1>; awaits = "sample"; };'
    ends = "".join(f'{n} {{ program = "{n}"; priority = <1>; }};' for n in ("driver", "stack"))
    source = tmp_path / "manual.dts"
    source.write_text(f"#define CORES 2\n{whole[0]} / {{ board {{ {board[0]} }}; {''.join(root)} cells {{ {''.join(cells)} {used} {ends} }}; {plans[0]} }};")
    for name in ("kernel.bin", "warden.elf"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    for name in re.findall(r'program = "(\w+)"', source.read_text()):
        (tmp_path / f"{name}.elf").write_bytes(elf())
    for name in ("linux", "initramfs", "rtos"):
        (tmp_path / name).write_bytes(bytes(4096))
    result = check(source, tmp_path)
    assert result.returncode == 0, result.stderr


def ram_rows(report):
    rows = re.findall(r"^  ([0-9a-f]{12})-([0-9a-f]{12}) .{10}  (\w+)", report, re.M)
    rows = [(int(first, 16), int(last, 16)) for first, last, kind in rows if kind != "device"]
    return rows


def test_report_has_every_byte_of_ram_once(good, files):
    at = 0x40000000
    for first, last in ram_rows(check(good, files).stdout):
        assert first == at
        at = last + 1
    assert at == 0x50000000


def test_report_says_what_the_warden_keeps(good, files):
    report = check(good, files).stdout
    table = report[report.index("The warden's table"):report.index("Interrupts")]
    for row in ("thread    warden", "endpoint  door", "endpoint  faults, badge 2, to send", "memory    spare of /warden", "thread    client",
                "vcpu      vm", "cell      server", "irq       uart-irq"):
        assert row in table, row
    for row in ("cell      warden", "pool      warden", "pool      server", "cell      client"):
        assert row not in table, row


def test_image_is_the_same_every_time(good, files):
    images = []
    for name in ("a.img", "b.img"):
        command = [TOOL, "build", "-I", ROOT / "systems", "--files", files, "-o", files / name, good]
        subprocess.run(command, check=True, timeout=PATIENCE)
        images.append((files / name).read_bytes())
    assert images[0] == images[1]


EXTENT = "<QQIIQQ"


def test_image_holds_what_boot_info_says(good, files):
    image = files / "good.img"
    subprocess.run([TOOL, "build", "-I", ROOT / "systems", "--files", files, "-o", image, good], check=True, timeout=PATIENCE)
    data = image.read_bytes()
    size, = struct.unpack_from("<Q", data, 16)
    info, = struct.unpack_from("<Q", data, 32)
    assert size == len(data) and size % 4096 == 0 and info % 4096 == 0
    magic, version, _, load, image_size, uart = struct.unpack_from("<QIIQQQ", data, info)
    assert (magic, version, load, image_size, uart) == (0x746F6F622D6862, 2, 0x40080000, size, 0x9000000)
    pool_base, pool_size, _, count, offset = struct.unpack_from("<QQIII", data, info + 40 + 56)
    at = 0
    for i in range(count):
        base, length, _, _, _, _ = struct.unpack_from(EXTENT, data, info + offset + i * struct.calcsize(EXTENT))
        assert base >= at and length > 0 and (base | length) % 4096 == 0
        assert base + length <= pool_base or base >= pool_base + pool_size
        assert base + length <= load or base >= load + info
        at = base + length


def survives(result):
    """Refused or accepted, but not killed and without a complaint of a sanitizer."""
    assert result.returncode in (0, 1), result.stderr
    assert "Sanitizer" not in result.stderr and "runtime error" not in result.stderr, result.stderr


def guest_tree(files, **properties):
    """The device tree that a guest finds, as dtc reads it back, with everything that dtc says of it."""
    said = "".join(f"{name} = {value};" for name, value in properties.items())
    source = files / "tree.dts"
    source.write_text(f"""/dts-v1/;
#include "boards/qemu-virt.dtsi"
/ {{ cells {{ vmm {{ program = "prog"; priority = <40>; }};
    vm {{ guest = "Image"; ram = <MIB(16)>; vmm = "vmm"; priority = <30>; {said} }}; }}; }};""")
    image = files / "tree.img"
    subprocess.run([TOOL, "build", "-I", ROOT / "systems", "--files", files, "-o", image, source], check=True,
                   timeout=PATIENCE)
    data = image.read_bytes()
    at = data.index(b"bh-guest")
    assert at % 4096 == 0
    _, entry, tree, _, count = struct.unpack_from("<QQQII", data, at)
    pieces = [struct.unpack_from("<QQQ", data, at + 32 + 24 * i) for i in range(count)]
    assert entry == 0x40200000
    found = [data[at + offset:at + offset + size] for ipa, size, offset in pieces if ipa == tree]
    result = subprocess.run(["dtc", "-I", "dtb", "-O", "dts"], input=found[0], capture_output=True, check=True)
    return result.stdout.decode(), result.stderr.decode(), pieces


@pytest.mark.parametrize("gic", [2, 3])
def test_tree_of_a_guest(files, gic):
    text, said, pieces = guest_tree(files, gic=f"<{gic}>", bootargs='"quiet root=/dev/ram"', initrd='"guest.bin"')
    assert said == ""
    assert ("arm,gic-v3" in text) == (gic == 3)
    assert 'bootargs = "quiet root=/dev/ram"' in text
    assert "linux,initrd-start = <0x00 0x40800000>" in text and "linux,initrd-end = <0x00 0x40802000>" in text
    assert "reg = <0x00 0x40000000 0x00 0x1000000>" in text
    assert [ipa for ipa, _, _ in pieces] == [0x40200000, 0x40800000, 0x40A00000, 0x40000000]
    assert pieces[1][1] == 8192 and pieces[2][1:] == pieces[3][1:]


def test_large_guest_is_in_the_image_once(files, tmp_path):
    """Without restart in place, with it in the vmm's copy; not twice, and with less than 4 MiB around it."""
    words = struct.pack("<Q", 0x6C6172676567) * (5 << 17)
    for name in ("kernel.bin", "warden.elf", "prog.elf"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    (tmp_path / "guest.bin").write_bytes(words)
    for ram in (6 << 20, 16 << 20, (16 << 20) - 4096):
        for restart in ("", "restart;"):
            source, image = tmp_path / "large.dts", tmp_path / "large.img"
            source.write_text(GOOD.replace("ram = <MIB(8)>;", f"ram = <{ram}>; {restart}"))
            command = [TOOL, "build", "-I", ROOT / "systems", "--files", tmp_path, "-o", image, "-r", tmp_path / "report", source]
            subprocess.run(command, check=True, timeout=PATIENCE)
            data, report = image.read_bytes(), (tmp_path / "report").read_text()
            assert data.count(words) == 1 and len(data) < len(words) + (4 << 20)
            assert ("kernel, in place" in report) == (restart == "")
            at = 0x40000000
            for first, last in sorted((int(a, 16), int(a, 16) + b) for a, b in mapped_in(report, "vm")):
                assert first == at
                at = last
            assert at == 0x40000000 + ram


def mapped_in(report, cell):
    """Guest address and size of each extent of RAM that a cell may execute."""
    rows = re.findall(rf"^  ([0-9a-f]{{12}})-([0-9a-f]{{12}}) .*\b{cell} rwx at 0x([0-9a-f]+)", report, re.M)
    return [(at, int(last, 16) + 1 - int(first, 16)) for first, last, at in rows]


def test_tree_says_where_the_start_page_is(files):
    text, said, _ = guest_tree(files)
    assert said == "" and "bulkhead" not in text
    text, said, _ = guest_tree(files, awaits='"go"')
    assert said == ""
    node = re.search(r"bulkhead@c000000 {(.*?)}", text, re.S).group(1)
    assert 'compatible = "bulkhead,start"' in node and "reg = <0x00 0xc000000 0x00 0x1000>" in node
    report = check(files / "tree.dts", files).stdout
    assert re.search(r"vm\s+start\s+vm r-- at 0xc000000$", report, re.M)
    assert re.search(r"interrupt 287: signal 'go'$", report, re.M)


def test_tree_from_a_file(files):
    tree = "/dts-v1/; / { #address-cells = <2>; #size-cells = <1>; mine { };"
    tree += 'a { device_type = "memory"; }; memory { device_type = "memory"; }; };'
    made = subprocess.run(["dtc", "-O", "dtb"], input=tree.encode(), capture_output=True, check=True).stdout
    (files / "mine.dtb").write_bytes(made)
    text, said, _ = guest_tree(files, dtb='"mine.dtb"', bootargs='"one"', initrd='"guest.bin"')
    assert said == ""
    assert "mine" in text and "pl011" not in text and 'bootargs = "one"' in text
    assert text.count('"memory"') == 1 and "reg = <0x00 0x40000000 0x1000000>" in text
    assert "linux,initrd-end = <0x00 0x40802000>" in text


def test_guest_is_found_with_and_without_its_ending(files, tmp_path):
    source = tmp_path / "find.dts"
    for name in ("Image", "low", "low.elf", "guest", "guest.bin"):
        source.write_text(GOOD.replace('guest = "guest"', f'guest = "{name}"'))
        assert check(source, files).returncode == 0


def damaged(data, dice):
    data = bytearray(data)
    if dice.random() < 0.3:
        del data[dice.randrange(len(data)):]
    for _ in range(dice.randrange(1, 8)):
        if data:
            at = dice.randrange(len(data))
            data[at] = dice.choice([0, 0xFF, 0x80, dice.randrange(256)])
    return bytes(data)


def tree_of(text):
    """What dtc makes of a description."""
    cpp = ["cpp", "-nostdinc", "-undef", "-x", "assembler-with-cpp", "-I", ROOT / "systems"]
    sizes = ["-DKIB(n)=((n)*1024)", "-DMIB(n)=((n)*1024*1024)"]
    text = subprocess.run([*cpp, *sizes], input=text.encode(), capture_output=True, check=True).stdout
    return subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=text, capture_output=True, check=True).stdout


def test_damaged_trees_do_no_harm(files, tmp_path):
    tree = tree_of(GOOD)
    dice = random.Random(1)
    source = tmp_path / "damaged.dtb"
    for _ in range(150):
        source.write_bytes(damaged(tree, dice))
        survives(check(source, files))


def test_a_property_that_is_there_twice_is_refused(files, tmp_path):
    """dtc makes no such tree; whoever writes one himself may."""
    text = GOOD.replace('calls = "door";', 'calls = "door"; callz = "door", "door", "door", "door", "door", "door", "door", "door";')
    source = tmp_path / "twice.dtb"
    source.write_bytes(tree_of(text).replace(b"callz\0", b"calls\0"))
    result = check(source, files)
    survives(result)
    assert "/cells/client: property 'calls' is there twice; leave one of them out [property_type]" in result.stderr


def test_too_many_cells_are_refused_at_once(files, tmp_path):
    source = tmp_path / "crowd.dts"
    for count in (254, 255):
        cells = "".join(f'c{i} {{ program = "prog"; priority = <1>; }};' for i in range(count))
        source.write_text(f'/dts-v1/;\n#include "boards/qemu-virt.dtsi"\n/ {{ cells {{ {cells} }}; }};\n')
        result = check(source, files)
        assert ("there are 255 cells, and the smallest Arm cores can isolate 254" in result.stderr) == (count == 255)
        assert result.returncode == (count == 255), result.stderr


def test_damaged_programs_do_no_harm(good, files, tmp_path):
    dice = random.Random(2)
    for name in ("kernel.bin", "warden.elf", "guest.bin"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    for _ in range(100):
        program = elf(size=0x40)
        (tmp_path / "prog.elf").write_bytes(damaged(program[:176], dice) + program[176:])
        survives(check(good, tmp_path))
