//! The pixels as a PNG file.

use super::PlotError;
use super::scene::Scene;

/// Encodes the picture; no time stamps, so the same picture gives the same
/// bytes.
pub(super) fn encode(scene: &Scene) -> Result<Vec<u8>, PlotError> {
    let pixels = scene.pixels()?;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, scene.width, scene.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let failed = |error: png::EncodingError| PlotError::Paint(error.to_string());
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
