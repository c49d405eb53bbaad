//! Progress bars, on standard error, only where somebody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub fn bar(total: u64, what: String) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>14} [{bar:40}] {pos}/{len} {per_sec} {eta}");
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    }
    bar.set_message(what);
    bar
}
