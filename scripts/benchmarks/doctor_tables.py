"""From the runs of the doctor to its tables."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.doctor_peers import CAUSES, PEERS
from gallery.catalogue import halves
from gallery.fault import Fault
from gallery.measure import NOISE, SMALLEST, difference, harm

Runs = Mapping[str, Sequence[Mapping[str, Any]]]
SEEN_IN_A_BATCH = ("DL101", "DL102", "DL103", "DL104", "DL302", "DL303", "DL304")  # and the whole stage of the model


def lines(contests: Mapping[str, Runs], faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield all tables of which there are figures."""
    for part, table in (
        ("harm", harm_lines), ("detect", detect_lines), ("healthy", healthy_lines), ("recover", recover_lines),
        ("peers", peer_lines),
    ):  # fmt: skip
        if contests.get(part):
            yield ""
            yield from table(contests[part], faults)


def grouped(runs: Runs, faults: Mapping[str, Fault]) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """Return the runs of all seeds of each fault and network."""
    together = defaultdict(list)
    for name, run in runs.items():
        fault, net, *_ = name.split(", ")
        if fault in faults:
            together[fault, net].append(run[0])
    return dict(together)


def harm_lines(runs: Runs, faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield what each fault costs."""
    yield "fault, network: seeds, what it costs"
    for (name, net), some in grouped(runs, faults).items():
        hurts, words = harm(faults[name], [dict(run) for run in some])
        yield f"  {name}, {net}: n={len(some)} {words}{'' if hurts else '   DOES NOT HURT'}"


def detect_lines(runs: Runs, faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield what the doctor said of each fault, the confusion of codes, and the rates."""
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    half = halves()
    yield "fault, network, seed: most likely cause (right ones) | failed | warned"
    for name, (run,) in ((name, run) for name, run in runs.items() if name.split(", ")[0] in faults):
        fault = faults[name.split(", ")[0]]
        failed, warned = ([code for code, it in run["statuses"].items() if it == word] for word in ("FAIL", "WARN"))
        right, meant = run["cause"] in fault.codes, set(fault.codes) & {*failed, *warned}
        count = counts[half.get(fault.name, "left out")]
        count.update(
            all=1, found=int(bool(failed)), seen=int(bool(failed or warned)), right=int(right), meant=int(bool(meant))
        )
        confusion[fault.codes[0]][run["cause"] or "nothing"] += 1
        mark = "" if right else "   NOT THE CAUSE" if failed or warned else "   MISSED"
        error = f"   {run['error'][:120]}" if "error" in run else ""
        said = " | ".join(" ".join(codes) or "-" for codes in (failed, warned))
        yield f"  {name}: {run['cause'] or '-'} ({' '.join(fault.codes)}) | {said}{mark}{error}"
    yield "meant: named as the most likely cause"
    for code, named in sorted(confusion.items()):
        yield f"  {code}: {', '.join(f'{other} {times}' for other, times in named.most_common())}"
    for which, count in sorted(counts.items()):
        found, seen, right, meant = (share(count[it], count["all"]) for it in ("found", "seen", "right", "meant"))
        yield f"half {which}: found {found}, with warnings {seen}, right cause first {right}, right rule fires {meant}"


def healthy_lines(runs: Runs, faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield every false alarm, and the rates."""
    results: Counter[str] = Counter()
    quiet = 0
    for name, (run,) in runs.items():
        loud = {code: status for code, status in run["statuses"].items() if status in ("FAIL", "WARN")}
        results.update(run["statuses"].values())
        quiet += not loud
        for code, status in loud.items():
            yield f"  {name} ({run['accuracy']:.1f}%): {status} {code} {run['values'].get(code, '')}"
    judged = results["PASS"] + results["WARN"] + results["FAIL"]
    yield f"healthy trainings: {len(runs)}, {quiet} without a word; accuracies {spread(runs)}"
    yield f"  FAIL {share(results['FAIL'], judged)}, WARN {share(results['WARN'], judged)} of all judgements"


def recover_lines(runs: Runs, faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield the accuracy after the remedy beside the healthy one."""
    yield "fault, network: remedy, accuracy after it, healthy"
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, net), some in grouped(runs, faults).items():
        after, twin = ([run[key] for run in some] for key in ("accuracy", "healthy"))
        gap, error = difference(twin, after)
        repaired = gap <= max(NOISE * error, SMALLEST)
        counts[halves().get(name, "left out")].update(all=1, repaired=int(repaired))
        words = f"{sum(after) / len(after):.1f}%, healthy {sum(twin) / len(twin):.1f}%"
        yield f"  {name}, {net}: n={len(some)} {some[0]['remedy']}: {words}{'' if repaired else '   NOT REPAIRED'}"
    for which, count in sorted(counts.items()):
        yield f"half {which}: repaired {share(count['repaired'], count['all'])} of those with a remedy to paste"


def peer_lines(runs: Runs, faults: Mapping[str, Fault]) -> Iterator[str]:
    """Yield what the other libraries find: of all faults, and of those that show in what they are given.

    What one says of most healthy trainings, too, is no sign of a fault and counts for nothing there.
    """
    for peer in PEERS:
        counts: Counter[str] = Counter()
        healthy = [run[peer] for name, (run,) in runs.items() if name.startswith("healthy: ")]
        usual = {code for code, times in Counter(_all(healthy)).items() if times > len(healthy) / 2}
        for name, (run,) in runs.items():
            if name.split(", ")[0] in faults:
                codes = faults[name.split(", ")[0]].codes
                found = [code for code in run[peer]["found"] if code not in usual]
                named = bool(found) and bool(set(codes) & set(CAUSES.get(found[0], ())))
                can = codes[0] in SEEN_IN_A_BATCH or codes[0].startswith("DL2")
                counts.update(all=1, found=int(bool(found)), right=int(named))
                counts.update(can=int(can), found_of_these=int(can and bool(found)), right_of_these=int(can and named))
        found_all, right = (share(counts[it], counts["all"]) for it in ("found", "right"))
        yield f"{peer}: found {found_all}, the right one first {right}; not counted: {' '.join(sorted(usual)) or '-'}"
        found_all, right = (share(counts[it], counts["can"]) for it in ("found_of_these", "right_of_these"))
        yield f"  of those that it can see: found {found_all}, the right one first {right}"
        alarmed, checks = sum(bool(one["found"]) for one in healthy), sum(one["checks"] for one in healthy)
        yield f"  healthy trainings with an alarm {share(alarmed, len(healthy))}"
        yield f"  alarms of all its checks {share(len(_all(healthy)), checks)}"


def _all(opinions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [code for opinion in opinions for code in opinion["found"]]


def share(part: int, whole: int) -> str:
    """Return "19 of 20 (95%)"."""
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "none"


def spread(runs: Runs) -> str:
    """Return the least and the median accuracy."""
    values = sorted(run[0]["accuracy"] for run in runs.values())
    return f"{values[0]:.1f}% to {values[-1]:.1f}%, median {values[len(values) // 2]:.1f}%"
