"""Train a digit classifier: `python src/train.py model=cnn data=mnist`. The work is in digitlab.tasks.train."""

from digitlab.cli.command import command

main = command("train")

if __name__ == "__main__":
    main()
