"""Faults of the data, and of what is done to it on the way to the network."""

from gallery.fault import OURS, PLAIN, Fault
from gallery.makers import by_hand, dictionaries, hard_tuples, tuples
from gallery.origins import deepchecker, deepcrime, ivanov, taxonomy, umlaut

SGD = ("optimizer=sgd", "optimizer.lr=0.05", "scheduler=none")
TENSORS = (*PLAIN, "data=tensors")
EVERYWHERE = "data.where=[train,val,test]"

FAULTS = (
    Fault(
        "inputs_in_bytes", ("DL101",), umlaut("input data exceeds typical limits"),
        "grey levels of 0 to 255 where 0 to 1 is meant",
        base=(*PLAIN, *SGD), overrides=("data.mean=0", "data.std=0.00392156862745098"),
    ),
    Fault(
        "divided_twice", ("DL101",), taxonomy("small range of values for a feature"),
        "a standard deviation in grey levels for images that are in [0, 1] already",
        base=(*PLAIN, *SGD), overrides=("data.std=70.7",),
    ),
    Fault(
        "floats_in_bytes", ("DL101",), deepchecker("unscaled features"),
        "a data module of floats that forgets to divide by 255",
        maker=by_hand, arguments={"data": {"spoil": "in_bytes", "where": ("train", "val", "test")}},
    ),
    Fault(
        "floats_divided_twice", ("DL101",), taxonomy("wrong preprocessing step: normalisation"),
        "a data module of floats that divides by 255 what ToTensor has divided",
        maker=by_hand, arguments={"data": {"spoil": "dimmed", "where": ("train", "val", "test")}},
    ),
    Fault(
        "constant_images", ("DL102", "DL108"), ivanov("1. check your input data"),
        "every image is the first one",
        base=TENSORS, overrides=("data.spoil=constant",),
    ),
    Fault(
        "blank_images", ("DL102", "DL101"), deepchecker("constant features"),
        "a mean and a deviation that make every image the same, nearly",
        base=(*PLAIN, *SGD), overrides=("data.mean=0.1556", "data.std=100000"),
    ),
    Fault(
        "nan_images", ("DL103", "DL217"), ivanov("37. overcoming NaNs"),
        "one image in twenty is no number",
        base=TENSORS, overrides=("data.spoil=with_nan",),
    ),
    Fault(
        "labels_from_one", ("DL104",), taxonomy("wrong labels for training data"),
        "classes are numbered 1 to 10",
        maker=tuples, arguments={"data": {"spoil": "counted_from_one", "where": ("train", "val", "test")}},
    ),
    Fault(
        "classes_absent", ("DL104", "DL105"), deepcrime("TRD, remove portion of training data"),
        "three classes never occur in training",
        base=TENSORS, overrides=("data.spoil=without_classes",),
    ),
    Fault(
        "imbalanced", ("DL105", "DL104", "DL112"), deepcrime("TUD, unbalance training data"),
        "one class is whole, of the others one image in fifty is left",
        base=TENSORS, overrides=("data.spoil=imbalanced",),
    ),
    Fault(
        "labels_misaligned", ("DL106", "DL107"), ivanov("4. make sure input is connected to output"),
        "images are shuffled and their labels are not",
        base=TENSORS, overrides=("data.spoil=misaligned", EVERYWHERE),
    ),
    Fault(
        "labels_off_by_one", ("DL106", "DL107"), taxonomy("wrong labels for training data"),
        "each image has the next one's label, in training alone",
        maker=dictionaries, arguments={"data": {"spoil": "off_by_one"}},
    ),
    Fault(
        "pixels_scrambled", ("DL106",), taxonomy("wrong preprocessing step: pixel encoding"),
        "the pixels of each image stand in an order of its own",
        maker=tuples, arguments={"data": {"spoil": "scrambled", "where": ("train", "val", "test")}},
    ),
    Fault(
        "noisy_labels", ("DL107",), deepcrime("TCL, change labels of training data"),
        "six labels in ten are drawn at random",
        base=TENSORS, overrides=("data.spoil=noisy_labels",),
    ),
    Fault(
        "classes_confused", ("DL107",), ivanov("6. is there too much noise in the dataset?"),
        "half of each even class goes by the name of the odd one behind it",
        maker=dictionaries, arguments={"data": {"spoil": "confused_classes"}},
    ),
    Fault(
        "classes_overlap", ("DL107", "DL108"), deepcrime("TCO, make output classes overlap"),
        "six images in ten stand there twice, under two labels",
        base=TENSORS, overrides=("data.spoil=overlapping",),
    ),
    Fault(
        "images_repeated", ("DL108", "DL112"), taxonomy("low quality training data"),
        "forty images, each of them thirty times",
        base=TENSORS, overrides=("data.spoil=repeated",),
    ),
    Fault(
        "validation_leaks", ("DL108",), taxonomy("incorrect train/test data split"),
        "the validation images stand among the training images",
        maker=hard_tuples, arguments={"data": {"leak": True, "shift": 2, "train_count": 600}}, harm="reported",
    ),
    Fault(
        "turned_round", ("DL109",), ivanov("13. do you have too much data augmentation?"),
        "digits are turned by up to half a circle: 6 and 9 become one",
        base=(*OURS, "augment=affine"), overrides=("augment.degrees=180",),
    ),
    Fault(
        "moved_out", ("DL109",), taxonomy("redundant data augmentation"),
        "digits are moved out of their images",
        base=(*OURS, "augment=affine"), overrides=("augment.shift=20",),
    ),
    Fault(
        "sorted_batches", ("DL110",), taxonomy("wrong position of data shuffle operation"),
        "one class comes after the other",
        base=TENSORS, overrides=("data.spoil=sorted_by_class", "data.shuffle=false"),
    ),
    Fault(
        "sorted_batches_by_hand", ("DL110",), ivanov("10. make sure your batches don't contain a single label"),
        "one class comes after the other, in somebody's own loop",
        maker=by_hand, arguments={"data": {"spoil": "sorted_by_class", "shuffle": False}},
    ),
    Fault(
        "validation_in_bytes", ("DL111",), ivanov("15. check the preprocessing for train/validation/test set"),
        "validation images are not divided by 255",
        base=TENSORS, overrides=("data.spoil=in_bytes", "data.where=[val,test]"),
    ),
    Fault(
        "training_inverted", ("DL111",), taxonomy("missing preprocessing step"),
        "training images are dark on bright, validation images bright on dark",
        base=TENSORS, overrides=("data.spoil=inverted",),
    ),
    Fault(
        "training_noisy", ("DL111",), deepcrime("TAN, add noise to training data"),
        "training images are buried in noise",
        maker=dictionaries, arguments={"data": {"spoil": "noisy_images"}},
    ),
    Fault(
        "few_images", ("DL112",), ivanov("9. do you have enough training examples?"),
        "a validation share that leaves 43 images to train on",
        base=OURS, overrides=("data.val_share=0.97",),
    ),
    Fault(
        "thirty_images", ("DL112",), deepcrime("TRD, remove portion of training data"),
        "three images of a class",
        maker=tuples, arguments={"data": {"spoil": "few"}},
    ),
)  # fmt: skip
