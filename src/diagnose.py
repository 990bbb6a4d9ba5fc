"""Examine a training beforehand: `python src/diagnose.py model=cnn`. The work is in digitlab.tasks.diagnose."""

from digitlab.cli.command import command

main = command("diagnose")

if __name__ == "__main__":
    main()
