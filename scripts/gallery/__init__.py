"""The gallery: faults of trainings, each with its published origin, on which the doctor is measured.

`fault` says what a fault is, `catalogue` lists them all by stage and halves them, `cases` builds them and their healthy
twins, `measure` trains one, `harmless` lists what was left out because it costs nothing here. The files `*_faults` are
the records, a stage each. What faults are made of is `nets`, `sick_nets`, `data`, `spoilers`, `losses`, `modules` and
`sick_modules`: parts as other people write them. `healthy` lists trainings in which nothing is wrong.

`python scripts/benchmark.py doctor` runs it.
"""
