//! Every stored byte, held to files.
