//! Loudness: EBU R128 integrated loudness and true peak, and the ReplayGain 2 values that follow.
