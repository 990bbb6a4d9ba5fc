"""How many images each class has, as bars in the text of a page."""

from collections.abc import Mapping, Sequence
from html import escape

from digitlab.reports.line_chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, number_text, ticks

MOST_NAMES = 12  # under the axis; of more classes, some are named


def class_bars(parts: Mapping[str, Sequence[float]], name: str) -> str:
    """Return a drawing of the share of each class in each part, or nothing if there are no images.

    Args:
        parts: Images of each class, by the name of the part: "train", "val".
        name: For those who hear the page read.
    """
    shares = {part: [count / sum(counts) for count in counts] for part, counts in parts.items() if sum(counts) > 0}
    if not shares:
        return ""
    number = max(len(share) for share in shares.values())
    top = max(max(share) for share in shares.values())
    slot = (WIDTH - LEFT - RIGHT) / number
    width = slot * 0.8 / len(shares)
    ground, height = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    drawn = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">']
    for share in ticks(0.0, top):
        y = ground - share / top * height
        drawn.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="end" x="{LEFT - 6}" y="{y + 4:.1f}">{number_text(100 * share)}%</text>')
    for place, (part, each) in enumerate(shares.items()):
        for label, share in enumerate(each):
            x, y = LEFT + label * slot + slot * 0.1 + place * width, ground - share / top * height
            told = f"class {label}, {part}: {parts[part][label]:,} images, {share:.1%}"
            drawn.append(
                f'<rect class="bar bar-{place}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{ground - y:.1f}">'
                f"<title>{escape(told)}</title></rect>"
            )
    for label in range(0, number, 1 + (number - 1) // MOST_NAMES):
        drawn.append(f'<text class="middle" x="{LEFT + (label + 0.5) * slot:.1f}" y="{ground + 15}">{label}</text>')
    drawn.append(f'<line class="axis" x1="{LEFT}" y1="{ground}" x2="{WIDTH - RIGHT}" y2="{ground}"/>')
    drawn.append(f'<text class="middle" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 4}">class</text>')
    drawn.append('<text x="2" y="11">share of the part</text></svg>')
    return "".join(drawn)
