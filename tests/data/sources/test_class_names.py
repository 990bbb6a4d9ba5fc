"""Names of classes: odd ones work to the end, and others are refused at the start by the rule of checkpoints."""

import pytest

from digitlab.data.sources.class_names import MOST_CLASSES, check_class_names
from digitlab.errors import UserError
from digitlab.system.plain_data import NotPlainData, plain

ODD = (
    "null", "yes", "1", "0x10", "1e3", "a b", "a,b", "a=b", "[x]", "{y}", "#z", "'q'", '"d"', "é", "日本", "a:b", "*s",
    "&amp", "%d", "~t", "!u", "|v", "$HOME", "\\back", "-m", "None", "[bold]", "a" * 250, "²", "🙂",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "a\u00a0b", "a\u3000b", "\u0915\u094d\u200d\u0937", "\ufeffa",
)  # fmt: skip


def test_odd_names_pass() -> None:
    check_class_names(ODD)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("a\u2028b", r"has the character U\+2028, which cannot be shown; rename the folder"),
        ("a\u202eb", r"has the character U\+202E"),
        ("\u2066a", r"has the character U\+2066"),
        ("a\nb", r"has the character U\+000A"),
        ("a\tb", r"has the character U\+0009"),
        ("a\x1b[31m", r"has the character U\+001B"),
        ("a\x7f", r"has the character U\+007F"),
        ("a\udcff", r"has the character U\+DCFF"),  # a byte that is no UTF-8
        ("a" * 5000, "is too long"),
        ("${seed}", "means something else in a configuration"),
        ("a${oc.env:HOME}", "means something else in a configuration"),
        ("???", "means something else in a configuration"),
    ],
)
def test_names_that_could_not_be_read_back_are_refused(name: str, what: str) -> None:
    with pytest.raises(UserError, match=rf"^data\.classes: .* {what}") as refusal:
        check_class_names(["cat", name])
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    "code", [9, 10, 0x1B, 0x7F, 0xA0, 0xAD, 0x200B, 0x200C, 0x2028, 0x202E, 0x2066, 0xD800, 0xE000]
)
def test_the_rule_is_that_of_checkpoints(code: int) -> None:
    names = ["cat", f"a{chr(code)}"]
    try:
        plain(names)
    except NotPlainData:
        with pytest.raises(UserError):
            check_class_names(names)
    else:
        check_class_names(names)


def test_as_many_as_a_checkpoint_holds() -> None:
    names = [f"class{number}" for number in range(MOST_CLASSES)]
    check_class_names(names)
    plain({"data": {"classes": names}, "model": {"_target_": "a"}})
    for count in (MOST_CLASSES + 1, 1, 0):
        with pytest.raises(UserError, match=rf"must name 2\.\.10,000 class folders, got {count:,}"):
            check_class_names([f"class{number}" for number in range(count)])


def test_a_name_is_text_and_stands_once() -> None:
    with pytest.raises(UserError, match=r"^data\.classes must name each class once, got cat 2 times"):
        check_class_names(["cat", "dog", "cat"])
    with pytest.raises(UserError, match=r"^data\.classes: 1 is not text; type '1', in quotes"):
        check_class_names(["cat", 1])  # type: ignore[list-item]
