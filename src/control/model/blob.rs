//! Bytes and times, as JSON carries them.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that are base64 text in JSON. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Arc<Vec<u8>>);

/// Seconds since 1970 with a fraction, where the model says timestamp.
pub type Epoch = f64;

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&*self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = Blob;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("base64 text")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Blob, E> {
                STANDARD.decode(text).map(Blob::from).map_err(|error| E::custom(format!("not base64: {error}")))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_base64_in_json() {
        let blob = Blob::from(b"\0PK\xff".to_vec());
        let json = serde_json::to_value(&blob).expect("text");
        assert_eq!(json, serde_json::json!("AFBL/w=="));
        assert_eq!(serde_json::from_value::<Blob>(json).expect("base64"), blob);
        for wrong in ["", "AFBL/w=", "AFBL_w==", "é"] {
            assert_eq!(serde_json::from_value::<Blob>(wrong.into()).is_ok(), wrong.is_empty(), "{wrong}");
        }
    }
}
