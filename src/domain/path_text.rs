//! Serialization of paths. A UTF-8 path is a string. Any other path is an object with its bytes in hexadecimal, so that
//! it is restored exactly. For use with `#[serde(with = "…")]`.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The serialized form of a path.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Bytes { bytes: String },
}

/// Serializes a path.
///
/// # Errors
/// Fails if the serializer does.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    let text = match path.to_str() {
        Some(text) => Text::Utf8(text.to_owned()),
        None => Text::Bytes { bytes: path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect() },
    };
    text.serialize(serializer)
}

/// Deserializes a path.
///
/// # Errors
/// Fails if the value is neither a string nor an object with bytes in hexadecimal.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    match Text::deserialize(deserializer)? {
        Text::Utf8(text) => Ok(PathBuf::from(text)),
        Text::Bytes { bytes } => {
            let bytes = of_hex(&bytes).ok_or_else(|| D::Error::custom("a path's bytes are not hexadecimal"))?;
            Ok(PathBuf::from(OsString::from_vec(bytes)))
        }
    }
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holds(#[serde(with = "super")] PathBuf);

    #[test]
    fn every_path_is_restored_exactly() {
        let odd = PathBuf::from(OsString::from_vec(b"/data/caf\xe9/a\n.h5ad".to_vec()));
        for (path, json) in [
            (PathBuf::from("/data/a.h5ad"), r#""/data/a.h5ad""#),
            (PathBuf::from("/data/café"), r#""/data/café""#),
            (odd, r#"{"bytes":"2f646174612f636166e92f610a2e68356164"}"#),
        ] {
            let held = Holds(path);
            assert_eq!(serde_json::to_string(&held).unwrap(), json);
            assert_eq!(serde_json::from_str::<Holds>(json).unwrap(), held);
        }
        for wrong in [r#"{"bytes":"2"}"#, r#"{"bytes":"zz"}"#, r#"{"bytes":"é"}"#, "7"] {
            assert!(serde_json::from_str::<Holds>(wrong).is_err(), "{wrong}");
        }
    }
}
