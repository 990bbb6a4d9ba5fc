"""Test a trained model: `python src/eval.py checkpoint=latest`. The work is in digitlab.tasks.evaluate."""

from digitlab.cli.command import command

main = command("eval")

if __name__ == "__main__":
    main()
