# SPDX-License-Identifier: Apache-2.0
"""The workloads of tests/bench/load in a VM and on the bare board: instructions of one round of each, and their ratio."""
import re
import subprocess
import time

TICK = 16  # instructions per counter tick: 62.5 MHz, one instruction a nanosecond
LIMIT, EXPLAIN = 1.05, 1.02
PATIENCE = 900  # host seconds


def run(out, name, arguments):
    """Instructions of one round of each workload, by name."""
    serial = out / f"bench-load-{name}.log"
    serial.unlink(missing_ok=True)
    process = subprocess.Popen(["qemu-system-aarch64", "-cpu", "cortex-a53", "-display", "none", "-monitor", "none", "-net", "none",
                                "-icount", "shift=0,sleep=off", "-rtc", "clock=vm", "-serial", f"file:{serial}"] + arguments,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end, text = time.monotonic() + PATIENCE, ""
    while process.poll() is None and time.monotonic() < end and not re.search("WORK (done|failed)", text):
        time.sleep(0.2)
        text = serial.read_text(errors="replace") if serial.exists() else ""
    process.kill()
    process.wait()
    if "WORK done" not in text:
        raise RuntimeError(f"{name}: the workloads did not come to their end; the last lines:\n{text[-1500:]}")
    return {name: int(ticks) * TICK / int(rounds)
            for name, rounds, ticks in re.findall(r"WORK name=(\w+) rounds=(\d+) ticks=(\d+)", text)}


def compare(out, machine, ram, tree):
    """Prints the table; returns what goes to JSON, and which workloads are over the limit."""
    print("bench: workloads on the bare board", flush=True)  # the tree has the command line
    bare = run(out, "bare", ["-M", machine, "-m", ram, "-kernel", str(out / "linux/Image"), "-initrd", str(out / "linux/initrd-load"),
                             "-dtb", str(tree)])
    print("bench: workloads in a VM", flush=True)
    image = out / "release/tests/bench/load/load.img"
    vm = run(out, "vm", ["-M", machine.replace("virt", "virt,virtualization=on"), "-m", "256M", "-kernel", str(image)])
    if set(bare) != set(vm) or not bare:
        raise RuntimeError(f"other workloads on the bare board than in the VM: {sorted(set(bare) ^ set(vm))}")
    rows = {name: {"bare": round(bare[name], 1), "vm": round(vm[name], 1), "ratio": round(vm[name] / bare[name], 4)} for name in bare}
    print(f"\n{'workload, one round':24}{'bare board':>14}{'VM':>14}{'ratio':>8}")
    for name, row in rows.items():
        note = "  to be explained" if row["ratio"] > EXPLAIN else ""
        print(f"{name:24}{row['bare']:>14,.0f}{row['vm']:>14,.0f}{row['ratio']:>8.4f}{note}")
    over = [f"{name}: {row['ratio']}, at most {LIMIT}" for name, row in rows.items() if row["ratio"] > LIMIT]
    print("\n" + ("\n".join(over) if over else f"no workload over {LIMIT}"))
    return rows, over
