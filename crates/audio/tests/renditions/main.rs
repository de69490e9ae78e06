//! Renditions, judged by other people's programs (apt: ffmpeg flac lame opus-tools vorbis-tools) and by a re-parse.

mod exact;
mod heads;
mod samples;
mod support;
