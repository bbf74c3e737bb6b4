//! Pages of a list: opaque markers, bounded sizes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::ApiError;

/// The most entries of one page.
pub(super) const PAGE: usize = 50;

/// How many entries a page has, where the caller asks for this many and `most` are allowed.
pub(super) fn size(asked: Option<i64>, most: usize) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).filter(|asked| *asked > 0).unwrap_or(most).min(most)
}

/// The pieces of the key that a page starts with; empty texts for the first page.
pub(super) fn start<const N: usize>(marker: Option<&str>) -> Result<[String; N], ApiError> {
    let Some(marker) = marker else { return Ok(std::array::from_fn(|_| String::new())) };
    let wrong = || ApiError::invalid("Invalid Marker: use the NextMarker of the page before, unchanged.");
    let bytes = URL_SAFE_NO_PAD.decode(marker).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let pieces: Vec<String> = text.split('\n').map(str::to_owned).collect();
    pieces.try_into().map_err(|_| wrong())
}

/// The marker of the page that starts with this key.
pub(super) fn marker(pieces: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(pieces.join("\n"))
}

/// Cuts a list that has one entry more than the page to the page; the marker of the next one.
pub(super) fn cut<T>(entries: &mut Vec<T>, size: usize, key: impl Fn(&T) -> String) -> Option<String> {
    let next = entries.get(size).map(key);
    entries.truncate(size);
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_come_back_as_they_went() {
        let text = marker(&["a", "7"]);
        assert_eq!(start::<2>(Some(&text)).expect("ours"), ["a".to_owned(), "7".to_owned()]);
        assert_eq!(start::<1>(None).expect("none"), [String::new()]);
        for wrong in ["!", "é", &marker(&["a"]), "_w"] {
            assert!(start::<2>(Some(wrong)).is_err(), "{wrong}");
        }
        assert_eq!([size(None, 50), size(Some(7), 50), size(Some(10_000), 50), size(Some(0), 50)], [50, 7, 50, 50]);
    }
}
