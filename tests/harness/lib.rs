//! What the suites share: data directories, images, the command line, and stores that fail.
