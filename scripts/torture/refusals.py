"""Type what cannot work, as people type it: refused in time, in few words that help, and nothing is made."""
