"""What libraries say and nobody can do anything about is not said."""

import shutil
import threading
from pathlib import Path

import pytest
from torch.utils.tensorboard import SummaryWriter

from digitlab.reports.quiet import quiet


def test_a_folder_that_is_gone_is_an_error_of_ours_and_no_traceback_of_a_thread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @quiet
    def work() -> None:
        writer = SummaryWriter(str(tmp_path / "run"))
        writer.flush()
        shutil.rmtree(tmp_path / "run")
        for step in range(2):
            writer.add_scalar("loss", 1.0, step)
            writer.flush()

    with pytest.raises(FileNotFoundError):
        work()
    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_other_threads_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[type] = []
    monkeypatch.setattr(threading, "excepthook", lambda raised: heard.append(raised.exc_type))

    @quiet
    def work() -> None:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()

    work()
    assert heard == [ZeroDivisionError]
