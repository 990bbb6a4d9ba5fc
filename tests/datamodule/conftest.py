"""Folders of pictures, and runs that learn from them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import DictConfig

import digitlab.datamodule.image_folder
from support.pictures import write_pictures

Job = Callable[..., DictConfig]


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    """No line has been said by the test before."""
    digitlab.datamodule.image_folder._say_once.cache_clear()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A folder with pictures in parts, and with pictures in one."""
    for part, count, seed in (("train", 120, 1), ("val", 30, 2), ("test", 60, 3)):
        write_pictures(tmp_path / "data" / "parts" / part, count, seed)
    write_pictures(tmp_path / "data" / "whole", 140, seed=4)
    return tmp_path / "data"


@pytest.fixture
def folder_job(job: Job, data_dir: Path) -> Job:
    return lambda *overrides, **options: job(*overrides, f"paths.data_dir={data_dir}", **options)
