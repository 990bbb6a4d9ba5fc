"""The formats of pictures that are read, by Pillow's names, with the suffixes of their files; nothing is imported.

Pillow knows forty formats and by default tries them all, whatever a file is called. One of them is PostScript, for
which it starts another program; others have no limit of the memory that a small file can ask for.
"""

FORMATS: dict[str, tuple[str, ...]] = {
    "PNG": (".png", ".apng"),
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".pbm", ".pgm", ".ppm", ".pnm", ".pfm"),
}
SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)
