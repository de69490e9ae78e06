//! FLAC's two checksums: CRC-8 of a frame's header and CRC-16 of the whole frame (RFC 9639 §9.1.8, §9.3).

const CRC8: [u8; 256] = crc8_table();
/// Eight tables, so that eight bytes are taken at once.
static CRC16: [[u16; 256]; 8] = crc16_tables();

const fn crc8_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut crc = i as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 };
            bit += 1;
        }
        table[i] = crc;
        i += 1;
    }
    table
}

const fn crc16_tables() -> [[u16; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut crc = (i as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x8005 } else { crc << 1 };
            bit += 1;
        }
        tables[0][i] = crc;
        i += 1;
    }
    let mut n = 1;
    while n < 8 {
        let mut i = 0;
        while i < 256 {
            let before = tables[n - 1][i];
            tables[n][i] = before << 8 ^ tables[0][(before >> 8) as usize];
            i += 1;
        }
        n += 1;
    }
    tables
}

/// Polynomial 0x07, start 0.
pub fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| CRC8[usize::from(crc ^ byte)])
}

/// Polynomial 0x8005, start 0.
pub fn crc16(bytes: &[u8]) -> u16 {
    let mut groups = bytes.chunks_exact(8);
    let crc = groups.by_ref().fold(0u16, |crc, g| {
        let [high, low] = crc.to_be_bytes();
        CRC16[7][usize::from(g[0] ^ high)]
            ^ CRC16[6][usize::from(g[1] ^ low)]
            ^ CRC16[5][usize::from(g[2])]
            ^ CRC16[4][usize::from(g[3])]
            ^ CRC16[3][usize::from(g[4])]
            ^ CRC16[2][usize::from(g[5])]
            ^ CRC16[1][usize::from(g[6])]
            ^ CRC16[0][usize::from(g[7])]
    });
    groups.remainder().iter().fold(crc, |crc, byte| crc << 8 ^ CRC16[0][usize::from((crc >> 8) as u8 ^ byte)])
}
