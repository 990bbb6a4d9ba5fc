"""The page: complete, well formed, without a request, and every text in it escaped."""

import re
from html.parser import HTMLParser

import pytest

from digitlab.diagnostics.diagnosis import Diagnosis
from digitlab.diagnostics.result import Status
from support.diagnoses import RESULTS, diagnosis, result

EMPTY = {"meta", "br"}  # elements without an end


class Reader(HTMLParser):
    """Notes which elements are open, the anchors, and what is shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.shown: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not {"src", "srcset", "onload", "onclick"} & given.keys()
        assert tag not in ("script", "link", "img", "iframe", "object")
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if "href" in given else []
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def test_the_page_is_whole() -> None:
    page = diagnosis().to_html()
    read = Reader(page)
    assert read.open == []
    assert len(set(read.ids)) == len(read.ids)
    assert {one.code for one in RESULTS} <= set(read.ids)
    assert {link.removeprefix("#") for link in read.links} <= set(read.ids)
    assert page.count("<svg") == 5


def test_it_asks_for_nothing_from_elsewhere() -> None:
    page = diagnosis().to_html()
    assert "http" not in page.replace("http-equiv", "")
    assert "@import" not in page
    assert re.findall(r"url\(([^)]*)\)", page) == ["#clip-learningraterangetest", "#clip-trainingloss",
                                                   "#clip-onebatch", "#clip-learningrateschedule"]  # fmt: skip
    assert "default-src 'none'" in page


def test_every_rule_says_all_it_has() -> None:
    shown = " ".join(" ".join(Reader(diagnosis().to_html()).shown).split())
    for one in RESULTS:
        for text in (one.title, one.value, one.bound, one.why, *one.remedy.splitlines()):
            assert text in shown, text


def test_the_cause_comes_first_and_once() -> None:
    page = diagnosis().to_html()
    assert page.index("Most likely cause") < page.index('id="DL101"') < page.index('id="DL403"') < page.index("<svg")
    assert page.count(RESULTS[0].bound) == 1


def test_texts_are_escaped() -> None:
    hostile = '"><script>alert(1)</script>&'
    one = result(hostile, Status.FAIL, hostile, hostile, hostile, hostile, hostile)
    two = result(f"{hostile}2", Status.SKIP, hostile, hostile, hostile, hostile, hostile)
    layers = [{"name": hostile, "type": hostile}]
    page = Diagnosis((one, two), one, {"layers": layers}, hostile).to_html()
    Reader(page)  # asserts that there is no script
    assert page.count("<script") == 0


@pytest.mark.parametrize("status", list(Status))
def test_a_page_of_one_result(status: Status) -> None:
    one = result("DL101", status, "title", "value", "bound", "why")
    read = Reader(Diagnosis((one,), one if status is Status.FAIL else None).to_html())
    assert read.open == []
    assert "title" in " ".join(read.shown)


def test_a_page_of_nothing() -> None:
    assert "Nothing was checked" in " ".join(Reader(Diagnosis((), None).to_html()).shown)
