"""Bars of classes: as high as their share of their part."""

import re

from digitlab.reports.bar_chart import class_bars


def test_bars_are_shares_of_their_part() -> None:
    drawn = class_bars({"train": [10, 30], "val": [2, 6]}, "classes")
    heights = [float(height) for height in re.findall(r'height="([\d.]+)"', drawn)]
    assert heights[0] == heights[2]
    assert heights[1] == heights[3] == max(heights)
    assert "class 1, train: 30 images, 75.0%" in drawn


def test_many_classes_are_named_now_and_then() -> None:
    drawn = class_bars({"train": [1] * 62}, "classes")
    assert drawn.count("<rect") == 62
    assert 8 <= len(re.findall(r'class="middle" x="[\d.]+" y="199"', drawn)) <= 13


def test_no_images_are_no_drawing() -> None:
    assert class_bars({}, "classes") == ""
    assert class_bars({"train": [], "val": [0, 0]}, "classes") == ""
