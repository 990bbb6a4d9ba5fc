"""Write the doctor's rules into docs/doctor.md, between two marks.

python scripts/write_rules.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src")]

from digitlab.diagnostics.rule_sets import every_rule  # noqa: E402 - of the folder above
from digitlab.reports.rule_list import rules_as_markdown  # noqa: E402

PAGE = ROOT / "docs" / "doctor.md"
BEGIN, END = "<!-- rules: written by scripts/write_rules.py -->\n", "<!-- end of the rules -->\n"


def with_rules(text: str) -> str:
    """Return the page with the rules as they are now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{rules_as_markdown(every_rule())}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_rules(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
