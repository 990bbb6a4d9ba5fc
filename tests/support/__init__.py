"""What several tests, and scripts/torture.py, need: files and runs to break, and ways to break them."""
