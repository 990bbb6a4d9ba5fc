"""Where the faults were published."""


def deepcrime(operator: str) -> str:
    """Return one of the 24 mutation operators that DeepCrime implements."""
    return f"Humbatova, Jahangirova and Tonella, DeepCrime, ISSTA 2021: operator {operator}"


def taxonomy(leaf: str) -> str:
    """Return a leaf of the taxonomy of real faults."""
    return f"Humbatova and others, Taxonomy of Real Faults in Deep Learning Systems, ICSE 2020: {leaf}"


def deepchecker(check: str) -> str:
    """Return what a check of TheDeepChecker looks for."""
    return (
        f"Ben Braiek and Khomh, Testing Feedforward Neural Networks Training Programs (TheDeepChecker), 2022: {check}"
    )


def autotrainer(problem: str) -> str:
    """Return one of AutoTrainer's training problems."""
    return f"Zhang and others, AutoTrainer, ICSE 2021: {problem}"


def umlaut(heuristic: str) -> str:
    """Return one of UMLAUT's heuristics."""
    return f"Schoop, Huang and Hartmann, UMLAUT, CHI 2021: {heuristic}"


def karpathy(number: int, mistake: str) -> str:
    """Return one of Karpathy's most common neural net mistakes."""
    return f"Karpathy, most common neural net mistakes, 2018: {number}) {mistake}"


def ivanov(reason: str) -> str:
    """Return one of Ivanov's 37 reasons."""
    return f"Ivanov, 37 Reasons why your Neural Network is not working, 2017: {reason}"


def holden(title: str) -> str:
    """Return a chapter of Holden's list."""
    return f"Holden, My Neural Network isn't working! What should I do?, 2017: {title}"
