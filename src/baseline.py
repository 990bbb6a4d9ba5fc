"""Watch NumPy nets learn: `python src/baseline.py experiment=spiral`. The work is in digitlab.tasks.baseline."""

from digitlab.cli.command import command

main = command("baseline")

if __name__ == "__main__":
    main()
