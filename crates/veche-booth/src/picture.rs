//! QR codes, as one path of squares: the page draws it without making a picture of it.

use qrcode::{Color, EcLevel, QrCode};
use serde::Serialize;

#[derive(Serialize)]
pub struct Picture {
    /// Modules on each side, without the quiet zone.
    pub width: usize,
    /// An SVG path: each module is one unit wide.
    pub path: String,
}

impl Picture {
    /// `None` if the text is longer than a QR code can be.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
        let (width, colors) = (code.width(), code.to_colors());
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    path.push_str(&format!("M{x} {y}h{}v1h-{}z", run.len(), run.len()));
                }
                x += run.len();
            }
        }
        Some(Self { width, path })
    }
}
