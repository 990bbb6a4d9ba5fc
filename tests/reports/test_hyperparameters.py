"""What TensorBoard's table of runs shows of a configuration."""

from digitlab.reports.hyperparameters import columns


def test_columns_are_flat_plain_and_few() -> None:
    settings = {
        "seed": 0,
        "optimizer": {"_target_": "torch.optim.Adam", "lr": 0.001, "betas": [0.9, 0.999]},
        "scheduler": None,
        "augment": {"_target_": "digitlab.transforms.Warp", "shift": 2.0},
        "label_smoothing": 0.05,
        "trainer": {"max_epochs": 3, "enable_progress_bar": False},
        "paths": {"output_dir": "/somewhere"},
    }
    assert columns(settings) == {
        "seed": 0,
        "optimizer": "Adam",
        "optimizer.lr": 0.001,
        "optimizer.betas": "[0.9, 0.999]",
        "scheduler": "None",
        "augment": "Warp",
        "augment.shift": 2.0,
        "label_smoothing": 0.05,
        "trainer.max_epochs": 3,
    }
