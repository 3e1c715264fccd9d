//! Versions of the client protocol. In: a text such as `1.8.0` or `1.9.0rc1`. Out: whether the version is supported.

use crate::wire;

/// A version: its numbers, and whether it is a release or a pre-release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    numbers: Vec<u64>,
    is_release: bool,
}

impl Version {
    /// Parses dot-separated numbers, optionally followed by a suffix of Python: `a1`, `rc2`, `.dev3`, `.post4`,
    /// `+local`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let (public, local) = text.split_once('+').unwrap_or((text, "0"));
        let end = public.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(public.len());
        let (release, suffix) = public.split_at(end);
        let release = if suffix.is_empty() { release } else { release.strip_suffix('.').unwrap_or(release) };
        let is_local = !local.is_empty() && local.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        let mut numbers = release.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u64>>>()?;
        // 1.8 and 1.8.0 are the same version.
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        is_local.then_some(Self { numbers, is_release: is_release(suffix)? })
    }

    /// Returns whether the service supports this version.
    pub fn is_supported(&self) -> bool {
        Self::parse(wire::PROTOCOL_VERSION).is_some_and(|oldest| *self >= oldest)
    }
}

/// Returns whether a version with this suffix is a release; `None` if the suffix is invalid.
fn is_release(suffix: &str) -> Option<bool> {
    let suffix = suffix.trim_start_matches(['-', '_', '.']).to_ascii_lowercase();
    let name = suffix.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_', '.']);
    match name {
        "" | "post" | "rev" | "r" => Some(true),
        "a" | "alpha" | "b" | "beta" | "c" | "rc" | "pre" | "preview" | "dev" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_numerically() {
        let supported = |text| Version::parse(text).map(|version| version.is_supported());
        for text in ["1.8.0", "1.8", "v1.8.1", "1.10.0", "2", "1.8.0.post1", "1.8.1.dev0", "1.8.0+local.1"] {
            assert_eq!(supported(text), Some(true), "{text}");
        }
        for text in ["1.7.9", "1.8.0rc1", "1.8.0.dev3", "0.99", "1"] {
            assert_eq!(supported(text), Some(false), "{text}");
        }
        for text in ["", "one", "1..2", "1.8.", "1.8.0-what", "1.8.0+", "1.8.0+a b", "99999999999999999999999"] {
            assert_eq!(supported(text), None, "{text}");
        }
    }
}
