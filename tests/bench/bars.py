# SPDX-License-Identifier: Apache-2.0
"""The rows of the bench beside the best peer's, as bars in SVG: the peer's is all of the width."""
from html import escape

NAME, WIDE, ROW, NOTE = 150, 420, 18, 300  # pixels: names, the peer's bar, height of a row, what stands behind it
MOST = 1.25  # of the peer's bar; who is slower ends there, with the figure

OURS, PEER, TARGET = "#1f5fa8", "#d5d5d5", "#c00"


def text(x, y, words, anchor="start", colour="#333"):
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' fill='{colour}'>{escape(words)}</text>"


def bar(x, y, width, height, colour):
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' fill='{colour}'/>"


def row_of(row, y):
    peer, ours, target = row["best_peer"], row["mean"], row["target"]
    parts = [text(NAME - 6, y + 12, row["name"], "end"), bar(NAME, y + 2, WIDE, ROW - 5, PEER),
             bar(NAME, y + 4, WIDE * min(ours / peer, MOST), ROW - 9, OURS)]
    if target is not None and target < peer * MOST:
        parts.append(bar(NAME + WIDE * target / peer - 1, y + 1, 2, ROW - 3, TARGET))
    who = row["peer_name"].partition(" (")[0]
    parts.append(text(NAME + WIDE * MOST + 8, y + 12, f"{ours:.0f}, target {target or '-'}; {peer} {who}"))
    return "\n".join(parts)


def draw(table):
    rows = [row for row in table if row["best_peer"] is not None]
    width, height = NAME + WIDE * MOST + NOTE, (len(rows) + 2) * ROW
    head = (f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' height='{height}' viewBox='0 0 {width:.0f} {height}' "
            "font-family='sans-serif' font-size='11'>\n<rect width='100%' height='100%' fill='white'/>")
    legend = text(NAME, 13, "instructions: blue is Bulkhead, grey the best peer (all of the width), the red line the target")
    return "\n".join([head, legend] + [row_of(row, ROW * (i + 1) + 4) for i, row in enumerate(rows)] + ["</svg>"]) + "\n"
