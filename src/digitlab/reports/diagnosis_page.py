"""A diagnosis as a page: one file, without a script, that asks for nothing from elsewhere."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from digitlab.reports.diagnosis_charts import charts
from digitlab.reports.layer_bars import layer_bars
from digitlab.reports.verdict import FAIL, ORDER, PASS, SKIP, WARN, Diagnosis, Result, of_status, verdict

STYLE = Path(__file__).with_name("diagnosis_page.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # a browser that reads this asks nobody for anything
SIGNS = {FAIL: "✕", WARN: "!", PASS: "✓", SKIP: "–"}  # beside the colour, for those who do not see it


def page(diagnosis: Diagnosis) -> str:
    """Return the page.

    Args:
        diagnosis: Its texts may hold anything: they are escaped.
    """
    title = escape(f"Diagnosis: {diagnosis.subject}")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{title}</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(_parts(diagnosis))
        + "\n</main>\n</body>\n</html>\n"
    )


def _parts(diagnosis: Diagnosis) -> Iterator[str]:
    yield _header(diagnosis)
    cause = diagnosis.cause
    if cause is not None:
        yield f'<section class="cause {_kind(cause)}"><h2>Most likely cause</h2>{_in_full(cause)}</section>'
    others = [
        result for status in (FAIL, WARN) for result in of_status(diagnosis.results, status) if result is not cause
    ]
    if others:
        heading = "What else is wrong" if cause is not None else "What is wrong"
        yield f"<section><h2>{heading}</h2>{''.join(_card(result) for result in others)}</section>"
    drawn = list(charts(diagnosis.figures))
    if drawn:
        yield f'<section><h2>Curves</h2><div class="charts">{"".join(drawn)}</div></section>'
    layers = diagnosis.figures.get("layers")
    if layers:
        yield f"<section><h2>Layers</h2>{layer_bars(layers)}</section>"
    for status, heading in ((PASS, "What is well"), (SKIP, "What was not checked")):
        rows = of_status(diagnosis.results, status)
        if rows:
            yield f'<section><h2>{heading}</h2><div class="rows">{"".join(map(_row, rows))}</div></section>'


def _header(diagnosis: Diagnosis) -> str:
    worst = next((status for status in (FAIL, WARN) if of_status(diagnosis.results, status)), PASS)
    numbers = "".join(
        f'<li class="{status.lower()}"><b>{len(found)}</b> {word}</li>'
        for status, word in ORDER.items()
        if (found := of_status(diagnosis.results, status))
    )
    said = verdict(diagnosis)
    return (
        f'<header><p class="what">digitlab diagnose</p><h1>{escape(diagnosis.subject)}</h1>'
        f'<p class="verdict {worst.lower()}">{escape(said[:1].upper() + said[1:])}</p>'
        f'<ul class="numbers">{numbers}<li>{diagnosis.seconds:.1f} s</li></ul></header>'
    )


def _card(result: Result) -> str:
    return f'<article class="card {_kind(result)}">{_in_full(result)}</article>'


def _in_full(result: Result) -> str:
    """Return all there is to say of a result, under its anchor."""
    facts = [("Measured", result.value), ("Bound", result.bound), ("Why it matters", result.why)]
    listed = "".join(f"<dt>{name}</dt><dd>{_lines(text)}</dd>" for name, text in facts if text)
    remedy = f'<p class="do">Remedy</p>{_code(result.remedy)}' if result.remedy else ""
    return f'<h3 id="{escape(result.code)}">{_badge(result)} {escape(result.title)}</h3><dl>{listed}</dl>{remedy}'


def _row(result: Result) -> str:
    """Return a result in a line, which opens to the rest."""
    skipped = result.status == SKIP
    beside = result.why if skipped else result.value
    rest = [("Bound", result.bound), ("Measured", result.value)] if skipped else [
        ("Bound", result.bound), ("Why it matters", result.why)]  # fmt: skip
    listed = "".join(f"<dt>{name}</dt><dd>{_lines(text)}</dd>" for name, text in rest if text)
    line = (
        f'{_badge(result)} <span class="title">{escape(result.title)}</span><span class="value">{escape(beside)}</span>'
    )
    return f'<details id="{escape(result.code)}"><summary>{line}</summary><dl>{listed}</dl></details>'


def _badge(result: Result) -> str:
    """Return the code, linked to itself, with a sign for how it ended."""
    code = escape(result.code)
    sign = SIGNS[result.status]
    return (
        f'<a class="badge {_kind(result)}" href="#{code}"><span aria-hidden="true">{sign}</span> '
        f'<span class="aloud">{escape(result.status)}</span> {code}</a>'
    )


def _kind(result: Result) -> str:
    return str(result.status).lower()


def _code(text: str) -> str:
    """Return what is to be pasted; a click selects the whole of it."""
    return f"<pre><code>{escape(text)}</code></pre>"


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())
