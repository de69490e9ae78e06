//! Renditions, judged by other people's programs (apt: ffmpeg flac lame mpg123 opus-tools vorbis-tools oggz-tools) and by a re-parse.

#[cfg(feature = "aac")]
mod aac;
mod exact;
mod found;
mod heads;
mod mp3;
mod nmr;
mod programs;
mod opus;
mod samples;
mod support;
mod tta;
mod vorbis;
mod wavpack;
