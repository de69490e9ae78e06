//! Formats: codec, mode and quality; how they are written (`codec:mode:quality`) and the one list of those that exist.
