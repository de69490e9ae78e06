//! QR codes as rows of black bars. Says nothing of pages.

use qrcodegen::{QrCode, QrCodeEcc};

use super::PdfError;

/// The white border that a reader needs, in modules.
pub(super) const BORDER_MODULES: i32 = 4;

/// A bar of black modules: column and row counted from the upper left corner, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub column: i32,
    pub row: i32,
    pub length: i32,
}

/// Side of the code in modules, border included, and its bars. Survives a crease or a stain over 15 % of it.
pub(super) fn bars(text: &str) -> Result<(i32, Vec<Bar>), PdfError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| PdfError::CodeTooLong(text.len()))?;
    let mut bars: Vec<Bar> = Vec::new();
    for row in 0..code.size() {
        for column in (0..code.size()).filter(|column| code.get_module(*column, row)) {
            let (column, row) = (column + BORDER_MODULES, row + BORDER_MODULES);
            match bars.last_mut() {
                Some(bar) if bar.row == row && bar.column + bar.length == column => bar.length += 1,
                _ => bars.push(Bar { column, row, length: 1 }),
            }
        }
    }
    Ok((code.size() + 2 * BORDER_MODULES, bars))
}
