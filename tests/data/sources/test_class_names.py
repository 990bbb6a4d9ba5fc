"""Names of classes: odd ones work to the end, and others are refused at the start by the rule of checkpoints."""

import pytest

from digitlab.data.sources.class_names import MOST_CLASSES, check_class_names
from digitlab.errors import UserError
from digitlab.system.plain_data import NotPlainData, plain

ODD = (
    "null", "yes", "1", "0x10", "1e3", "a b", "a,b", "a=b", "[x]", "{y}", "#z", "'q'", '"d"', "é", "日本", "a:b", "*s",
    "&amp", "%d", "~t", "!u", "|v", "$HOME", "\\back", "-m", "None", "[bold]", "a" * 250, "²", "🙂",
)  # fmt: skip


def test_odd_names_pass() -> None:
    check_class_names(ODD)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            r"has the character U\+200C, which cannot be shown;",
        ),
        ("a\u00a0b", r"has the character U\+00A0"),
        ("a\u3000b", r"has the character U\+3000"),
        ("a\u200d", r"has the character U\+200D"),
        ("\ufeffa", r"has the character U\+FEFF"),
        ("a\nb", r"has the character U\+000A"),
        ("a\tb", r"has the character U\+0009"),
        ("a\x1b[31m", r"has the character U\+001B"),
        ("a\x7f", r"has the character U\+007F"),
        ("a\udcff", r"has the character U\+DCFF"),  # a byte that is no UTF-8
        ("\ue000", r"has the character U\+E000"),
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


@pytest.mark.parametrize("code", [0xA0, 0xAD, 0x200B, 0x200C, 0x2028, 0x2060, 0xE000, 0xFFF9, 0xE0001])
def test_the_rule_is_that_of_checkpoints(code: int) -> None:
    with pytest.raises(NotPlainData):
        plain(f"a{chr(code)}")
    with pytest.raises(UserError):
        check_class_names(["cat", f"a{chr(code)}"])


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
