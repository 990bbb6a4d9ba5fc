"""File formats into arrays: IDX, USPS, pictures."""
