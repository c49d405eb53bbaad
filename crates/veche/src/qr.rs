//! QR codes as pictures that every program prints: PNG, in the page itself. (LibreOffice leaves out SVG that stands in a page.)

use data_encoding::BASE64;
use qrcode::{Color, EcLevel, QrCode};

/// Pixels of a module, and modules of white around the code (ISO/IEC 18004 asks for four).
const MODULE: usize = 4;
const QUIET: usize = 4;

/// The code of a text; `None` for a text that is too long for one.
fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * MODULE;
    let dark = |x: usize, y: usize| {
        let place = |pixel: usize| (pixel / MODULE).checked_sub(QUIET).filter(|module| *module < modules);
        place(x).zip(place(y)).is_some_and(|place| code[place] == Color::Dark)
    };
    let row_bytes = side.div_ceil(8);
    let mut rows = vec![0xff_u8; row_bytes * side];
    for (y, row) in rows.chunks_mut(row_bytes).enumerate() {
        for (at, byte) in row.iter_mut().enumerate() {
            for bit in (0..8).filter(|bit| dark(at * 8 + bit, y)) {
                *byte &= !(0x80 >> bit);
            }
        }
    }
    let side = u32::try_from(side).ok()?;
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header().ok()?.write_image_data(&rows).ok()?;
    Some(out)
}

/// For `src`.
pub fn data_uri(text: &str) -> Option<String> {
    Some(format!("data:image/png;base64,{}", BASE64.encode(&png(text)?)))
}
