//! Paths in JSON. A path that is UTF-8 is a string. Any other is an object with its bytes in hex, so that it is read back as
//! it was. For use with `#[serde(with = "…")]`.

use std::{
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A path as it stands in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Text {
    Utf8(String),
    Bytes { bytes: String },
}

/// Writes a path.
///
/// # Errors
/// When the format refuses it.
pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    let text = match path.to_str() {
        Some(text) => Text::Utf8(text.to_owned()),
        None => Text::Bytes { bytes: path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect() },
    };
    text.serialize(serializer)
}

/// Reads a path.
///
/// # Errors
/// When it is neither a string nor bytes in hex.
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
    fn every_path_is_read_back_as_it_was() {
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
