# SPDX-License-Identifier: Apache-2.0
"""Draws histograms side by side, with the same axes, as an SVG."""
import math

WIDTH, HEIGHT, GAP, LEFT, TOP, BOTTOM = 420, 260, 30, 60, 60, 60
COLOURS = ["#2b6cb0", "#b7791f", "#2f855a", "#9b2c2c"]
FONT = "font-family='sans-serif' font-size='12'"


def text(x, y, words, anchor="middle", more=""):
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT} {more}>{words}</text>"


def line(x1, y1, x2, y2, more="stroke='#ccc'"):
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' {more}/>"


def step_for(limit):
    """A round distance of about five marks."""
    rough = limit / 5
    power = 10 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def panel(left, name, values, limits, gate):
    """One histogram. Counts are on a logarithmic scale: what is rare is what matters."""
    x_limit, decades, colour = limits

    def x_of(value):
        return left + min(value, x_limit) / x_limit * WIDTH

    def y_of(count):
        return TOP + HEIGHT - (math.log10(count) + 0.3) / (decades + 0.3) * HEIGHT

    parts = [text(left + WIDTH / 2, TOP - 32, name, more="font-weight='bold'"),
             text(left + WIDTH / 2, TOP - 14, f"{values['periods']} periods, {values['misses']} missed; "
                  f"{values['min']} to {values['max']}, mean {values['mean']}")]
    for decade in range(decades + 1):
        y = y_of(10 ** decade)
        parts += [line(left, y, left + WIDTH, y), text(left - 6, y + 4, str(10 ** decade), "end")]
    mark = 0
    while mark <= x_limit:
        parts += [line(x_of(mark), TOP + HEIGHT, x_of(mark), TOP + HEIGHT + 5, "stroke='#333'"),
                  text(x_of(mark), TOP + HEIGHT + 20, f"{mark:.0f}")]
        mark += step_for(x_limit)
    for low, high, count in values["histogram"]:
        x, y = x_of(low), y_of(count)
        width = max(x_of(high + 1) - x, 1.5)
        parts.append(f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{TOP + HEIGHT - y:.1f}' fill='{colour}'>"
                     f"<title>{low} to {high}: {count}</title></rect>")
    if gate <= x_limit:
        parts += [line(x_of(gate), TOP, x_of(gate), TOP + HEIGHT, "stroke='#c00' stroke-dasharray='4 3'"),
                  text(x_of(gate) - 4, TOP + 12, "gate", "end", "fill='#c00'")]
    parts.append(line(left, TOP + HEIGHT, left + WIDTH, TOP + HEIGHT, "stroke='#333'"))
    parts.append(text(left + WIDTH / 2, TOP + HEIGHT + 42, "instructions from the deadline to the handler's entry"))
    return parts


def draw(results, period_us, gate):
    count = len(results)
    width = LEFT + count * (WIDTH + LEFT) + GAP
    height = TOP + HEIGHT + BOTTOM
    x_limit = max([gate * 1.1] + [values["max"] for values in results.values()])
    most = max(row[2] for values in results.values() for row in values["histogram"])
    decades = max(1, math.ceil(math.log10(most)))
    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
             f"viewBox='0 0 {width} {height}'>",
             f"<title>Periods of {period_us} us on one core</title>",
             f"<rect width='{width}' height='{height}' fill='white'/>"]
    for i, (name, values) in enumerate(results.items()):
        left = LEFT + i * (WIDTH + LEFT)
        parts += panel(left, name, values, (x_limit, decades, COLOURS[i % len(COLOURS)]), gate)
    return "\n".join([*parts, "</svg>"]) + "\n"
