//! Encoding: what a rendition is (head, body on a fixed grid of segments, tail) and the driver that makes one.
