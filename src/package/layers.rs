//! Layers: packages that are laid over each other in `/opt`.

use super::{MAX_UNZIPPED_BYTES, Package, PackageError};
use crate::function::{ConfigError, FileTree};

/// Layers of one function, AWS's limit.
pub const MAX_LAYERS: usize = 5;

/// Why layers cannot be used: too many of them is a setting, too many bytes is their content.
#[derive(Debug, thiserror::Error)]
pub enum LayersError {
    /// There are more than [`MAX_LAYERS`].
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// With the package they have more than [`MAX_UNZIPPED_BYTES`].
    #[error(transparent)]
    Package(#[from] PackageError),
}

/// Checks the number of a function's layers, for a caller that has not opened them yet.
///
/// # Errors
/// When it is more than [`MAX_LAYERS`].
pub fn check_layer_count(count: usize) -> Result<(), ConfigError> {
    if count > MAX_LAYERS { Err(ConfigError::TooManyLayers(MAX_LAYERS, count)) } else { Ok(()) }
}

/// Lays a function's layers over each other, later ones over earlier ones, and checks that they and the package stay within
/// Lambda's bounds. What is in `/opt` then, and the layers' digests.
///
/// # Errors
/// When there are too many layers, or too many bytes in all.
pub fn overlay_layers(package: &Package, layers: &[Package]) -> Result<(FileTree, Vec<String>), LayersError> {
    check_layer_count(layers.len())?;
    let mut tree = FileTree::default();
    let mut total = package.unzipped_bytes;
    for layer in layers {
        total += layer.unzipped_bytes;
        if total > MAX_UNZIPPED_BYTES {
            return Err(PackageError::LayersTooLarge { layer: super::error::shown(&layer.name), total, bound: MAX_UNZIPPED_BYTES }.into());
        }
        tree.overlay(&layer.files);
    }
    Ok((tree, layers.iter().map(|layer| layer.digest.clone()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn package(name: &str, unzipped_bytes: u64) -> Package {
        let files = Arc::new(FileTree::default());
        Package {
            name: name.into(),
            files,
            digest: format!("digest of {name}"),
            native_modules: Vec::new(),
            warnings: Vec::new(),
            unzipped_bytes,
        }
    }

    #[test]
    fn number_and_bytes_are_bounded_exactly() {
        let function = package("function", 1);
        let (_, digests) =
            overlay_layers(&function, &[package("a", 1), package("b", MAX_UNZIPPED_BYTES - 2)]).expect("as much as there may be");
        assert_eq!(digests, ["digest of a", "digest of b"]);
        let error = overlay_layers(&function, &[package("a", 1), package("b", MAX_UNZIPPED_BYTES - 1)]).expect_err("one byte too many");
        assert_eq!(error.to_string(), "Unzipped size must be smaller than 262144000 bytes: layer 'b' brings it to 262144001");
        let many = vec![package("a", 1); MAX_LAYERS + 1];
        assert!(overlay_layers(&function, &many[1..]).is_ok());
        assert_eq!(
            overlay_layers(&function, &many).expect_err("one too many").to_string(),
            "Cannot reference more than 5 layers (there are 6)."
        );
    }
}
