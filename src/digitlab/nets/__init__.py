"""The networks: plain `nn.Module`s that know no loss, no Lightning and no configuration.

Each maps normalised images, float `(B, 1, 28, 28)`, to logits `(B, num_classes)`. A new network is one file
here and one YAML file in `conf/model/`.
"""

from digitlab.nets.cnn import CNN
from digitlab.nets.digit_classifier import DigitClassifier
from digitlab.nets.mlp import MLP
from digitlab.nets.resnet import ResNet
from digitlab.nets.staged_cnn import StagedCNN

__all__ = ["CNN", "MLP", "DigitClassifier", "ResNet", "StagedCNN"]
