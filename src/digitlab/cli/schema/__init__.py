"""Which values a key may have, by itself and beside others."""
