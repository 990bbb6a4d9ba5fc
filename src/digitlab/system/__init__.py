"""What we ask of the operating system: signals, locks, atomic files, checksums, processes."""
