//! Ogg pages around a native FLAC, cut wherever the fuzzer wants.

/// The FLAC as the packets of one stream. `cuts`: the lengths of the pages' bodies, over and over.
pub fn ogg_around(flac: &[u8], cuts: &[u16]) -> Vec<u8> {
    let body = [b"\x7fFLAC\x01\0\0\0", flac].concat();
    let mut cuts =
        cuts.iter().map(|cut| usize::from(*cut)).filter(|cut| *cut > 0).collect::<Vec<_>>().into_iter().cycle();
    let (mut file, mut rest, mut number) = (Vec::new(), &body[..], 0u32);
    while !rest.is_empty() {
        // The first page has the whole mapping, a page at most 255 lacing values.
        let wanted = cuts.next().unwrap_or(4_096).max(if number == 0 { 13 } else { 1 });
        let (here, after) = rest.split_at(wanted.min(254 * 255).min(rest.len()));
        file.extend(b"OggS\0");
        file.push(if number == 0 { 2 } else { 0 });
        file.extend([0; 8]);
        file.extend(7u32.to_le_bytes());
        file.extend(number.to_le_bytes());
        file.extend([0; 4]);
        let lacing = here.len() / 255;
        file.push(lacing as u8 + 1);
        file.extend(vec![255; lacing]);
        file.push((here.len() % 255) as u8);
        file.extend(here);
        (rest, number) = (after, number + 1);
    }
    file
}
