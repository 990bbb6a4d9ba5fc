"""Where images stay while they are used: on disk, in a cache of decoded pictures, on the GPU."""
