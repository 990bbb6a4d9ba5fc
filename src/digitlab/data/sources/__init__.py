"""Where data comes from: downloads, folders of pictures, the bundled digits; and whether it is sound."""
