//! Code on its way in and out: zips in requests or in S3, and the URLs that give them back.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::model::Blob;
use super::{ApiError, Control, Exception, time};
use crate::package::{MAX_UNZIPPED_BYTES, Package, PackageError};
use crate::store::Pin;

/// The largest zip in a request.
pub(super) const MAX_ZIP_BYTES: u64 = 52_428_800;
/// Seconds for which a `Location` is good.
const LOCATION_SECONDS: u64 = 600;

/// Why an object could not be fetched: S3's code and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectError {
    /// For instance `NoSuchKey`.
    pub code: String,
    /// For instance `The specified key does not exist.`
    pub message: String,
}

/// Where code in S3 comes from.
pub trait Objects: Send + Sync {
    /// The bytes of an object. Blocks; reads at most 50 MiB and one byte.
    ///
    /// # Errors
    /// S3's code and message.
    fn fetch(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>, ObjectError>;
}

/// A zip that was checked and kept.
pub(super) struct Kept {
    pub(super) pin: Pin,
    /// `CodeSha256`.
    pub(super) sha256: String,
    /// Bytes of the zip.
    pub(super) size: i64,
    /// Bytes of what is in it.
    pub(super) unzipped: u64,
}

/// Where a zip is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) zip: Option<&'a Blob>,
    pub(super) bucket: Option<&'a str>,
    pub(super) key: Option<&'a str>,
    pub(super) version: Option<&'a str>,
}

impl Control {
    /// Fetches a zip if need be, and checks it.
    pub(super) fn checked_zip(&self, given: Given<'_>) -> Result<(Arc<Vec<u8>>, u64), ApiError> {
        let bytes = match (given.zip, given.bucket, given.key) {
            (Some(zip), None, None) => Arc::clone(&zip.0),
            (None, Some(bucket), Some(key)) => Arc::new(self.fetch(bucket, key, given.version)?),
            (None, None, None) => return Err(ApiError::invalid("Please provide a source for function code.")),
            (Some(_), ..) => {
                return Err(ApiError::invalid("Please do not provide other FunctionCode parameters when providing a ZipFile."));
            }
            (None, ..) => return Err(ApiError::invalid("Please provide both S3Bucket and S3Key.")),
        };
        if bytes.is_empty() {
            return Err(ApiError::invalid("Uploaded file must be a non-empty zip"));
        }
        if bytes.len() as u64 > MAX_ZIP_BYTES {
            let message = format!("Zipped size must be smaller than {MAX_ZIP_BYTES} bytes");
            return Err(ApiError::new(Exception::RequestEntityTooLarge, message));
        }
        let package = Package::from_zip_bytes("code", bytes.to_vec()).map_err(|error| zip_error(&error))?;
        Ok((bytes, package.unzipped_bytes))
    }

    /// Keeps a zip that was checked.
    pub(super) fn keep_zip(&self, bytes: &Arc<Vec<u8>>, unzipped: u64) -> Result<Kept, ApiError> {
        let pin = self.0.parts.store.blobs().put(bytes)?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        Ok(Kept { sha256: sha256_base64(pin.digest()), pin, size, unzipped })
    }

    fn fetch(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>, ApiError> {
        let Some(objects) = &self.0.parts.objects else {
            return Err(ApiError::invalid(
                "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist. \
                 (This server has no S3: start it with --s3-endpoint and the address of one.)",
            ));
        };
        objects.fetch(bucket, key, version).map_err(|error| {
            let ObjectError { code, message } = error;
            ApiError::invalid(format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"))
        })
    }

    /// A URL that gives the zip with this digest to whoever has it, for ten minutes.
    pub(super) fn location(&self, digest: &str) -> String {
        let expires = time::now().as_secs() + LOCATION_SECONDS;
        let signature = URL_SAFE_NO_PAD.encode(self.signature(digest, expires).finalize().into_bytes());
        format!("{}/_wasmlam/code/{digest}.{expires}.{signature}", self.0.settings.endpoint)
    }

    fn signature(&self, digest: &str, expires: u64) -> Hmac<Sha256> {
        // HMAC takes keys of any length.
        let mut hmac = Hmac::<Sha256>::new_from_slice(&self.0.secret).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
        hmac.update(format!("{digest}.{expires}").as_bytes());
        hmac
    }

    /// The zip behind a `Location` that `GetFunction` or `GetLayerVersion` gave, whose last segment `token` is. `None`
    /// when it is wrong or older than ten minutes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn download(&self, token: &str) -> Result<Option<Vec<u8>>, ApiError> {
        let pieces: Vec<&str> = token.split('.').collect();
        let [digest, expires, signature] = pieces[..] else { return Ok(None) };
        let (Ok(expires), Ok(signature)) = (expires.parse::<u64>(), URL_SAFE_NO_PAD.decode(signature)) else { return Ok(None) };
        if expires < time::now().as_secs() || self.signature(digest, expires).verify_slice(&signature).is_err() {
            return Ok(None);
        }
        // The signature is ours, so the digest is one: no path can be made of it.
        let bytes = self.0.parts.store.blobs().get(digest)?;
        Ok(Some(Arc::unwrap_or_clone(bytes)))
    }
}

/// 400 where code and layers are too large together.
pub(super) fn check_unzipped(total: u64) -> Result<(), ApiError> {
    if total > MAX_UNZIPPED_BYTES {
        return Err(ApiError::invalid(format!("Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes")));
    }
    Ok(())
}

fn zip_error(error: &PackageError) -> ApiError {
    let text = error.to_string();
    let unreadable = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    if matches!(error, PackageError::NotAPackage { .. } | PackageError::Unreadable { .. } | PackageError::HiddenEntries(_)) {
        return ApiError::invalid(unreadable);
    }
    if matches!(error, PackageError::Empty(_)) {
        return ApiError::invalid("Uploaded file must be a non-empty zip");
    }
    if text.contains("Unzipped size must be smaller") {
        return ApiError::invalid(format!("Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"));
    }
    // AWS takes some of these; what is wrong with an entry is worth knowing.
    ApiError::invalid(format!("{unreadable} ({text})"))
}

/// Base64 of a digest in hexadecimal digits.
fn sha256_base64(hex: &str) -> String {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or_default();
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |value, byte| value << 4 | digit(*byte))).collect();
    STANDARD.encode(bytes)
}
