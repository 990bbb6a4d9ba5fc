"""The doctor: the checklist for trainings that stall, worked off by measuring. One rule a file, in `rules/`.

`examine.diagnose` runs it: `evidence/` measures each thing once, on copies; every rule looks at what was measured and
compares one number with one bound; `Diagnosis` holds the results and names the most likely cause.
"""
