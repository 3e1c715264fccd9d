//! Quoting of command-line arguments that a user can paste into a shell.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::Path};

use super::text;

/// Quotes an argument so that sh, bash, zsh and fish pass it on unchanged.
///
/// An argument with control characters, backslashes or invalid UTF-8 is spelled in ASCII and decoded by the shell's
/// `printf`: such characters could have an effect when displayed or pasted. Line breaks at the end of such an argument
/// are lost.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let bytes = word.as_ref().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(word) if !word.is_empty() && word.chars().all(is_harmless) => word.to_owned(),
        Ok(word) if !word.contains('\\') && text::clean(word) == word => {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
        Ok(_) | Err(_) => {
            let spelled: String = bytes.iter().enumerate().map(|(place, byte)| spelled(place, *byte)).collect();
            format!("\"$(printf '{spelled}')\"")
        }
    }
}

/// Quotes a path so that neither the shell nor the program misinterprets it. A path that starts with a dash is prefixed
/// with `./`.
pub fn path(path: &Path) -> String {
    if path.as_os_str().as_bytes().starts_with(b"-") { quoted(Path::new(".").join(path)) } else { quoted(path) }
}

/// Returns an option with its value, quoted. A value that starts with a dash is joined by `=`, because it would be taken for
/// another option.
pub fn option(name: &str, value: impl AsRef<OsStr>) -> String {
    let value = value.as_ref();
    let joint = if value.as_bytes().starts_with(b"-") { "=" } else { " " };
    format!("{name}{joint}{}", quoted(value))
}

/// Returns whether a character has no special meaning in any shell.
fn is_harmless(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./:,+@".contains(c)
}

/// Spells a byte of a `printf` format, either unchanged or as an octal escape. A dash at the start is escaped, because
/// the format would be taken for an option.
fn spelled(place: usize, byte: u8) -> String {
    match byte {
        b'%' => "%%".to_owned(),
        b'-' if place == 0 => "\\055".to_owned(),
        b' '..=b'~' if !matches!(byte, b'\\' | b'\'') => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// Returns the arguments that the shells of this machine pass on for a command line.
    fn passed_on(line: &str) -> Vec<(&'static str, Vec<u8>)> {
        let run = |shell: &'static str| {
            let script = format!("printf '%s\\0' {line}");
            let output = Command::new(shell).arg("-c").arg(script).output().ok()?;
            Some((shell, output.stdout))
        };
        ["sh", "bash", "zsh", "fish"].into_iter().filter_map(run).collect()
    }

    fn assert_passed_on(words: &[&[u8]]) {
        let line: Vec<String> = words.iter().map(|word| quoted(OsStr::from_bytes(word))).collect();
        let line = line.join(" ");
        assert!(!line.bytes().any(|byte| byte.is_ascii_control()), "{line:?} moves the cursor");
        let expected: Vec<u8> = words.iter().flat_map(|word| [word, b"\0".as_slice()]).flatten().copied().collect();
        let all = passed_on(&line);
        assert!(all.iter().any(|(shell, _)| *shell == "sh"), "a system without sh");
        for (shell, passed) in all {
            assert_eq!(passed, expected, "{shell} makes {} of {line}", String::from_utf8_lossy(&passed));
        }
    }

    #[test]
    fn quoted_arguments_are_passed_on_unchanged() {
        let words: [&[u8]; 12] = [
            b"/data/lung_07.h5ad",
            b"/data/a b.h5ad",
            b"it's;rm -rf ~",
            b"$HOME `id` $(id) !x",
            b"",
            b"~/x=*?[a]{b,c}",
            "Zürich 細胞".as_bytes(),
            b"a\nb\x1b[31mc\x07%s%%",
            b"\xff\xfe.h5ad",
            b"back\\slash\\'",
            "right-to-left \u{202e}da5h".as_bytes(),
            b"#x <y >z |& \"q\"",
        ];
        assert_passed_on(&words);
        assert_eq!(quoted("/data/lung_07.h5ad"), "/data/lung_07.h5ad");
        assert_eq!(quoted("/data/a b.h5ad"), "'/data/a b.h5ad'");
    }

    /// Texts that would have an effect if a user pasted them unquoted.
    #[test]
    fn hostile_words_are_not_obeyed() {
        let words: [&[u8]; 12] = [
            b"https://evil/a;touch$IFS$9PWN;x=",
            b"/data/run$(touch PWN)",
            b"`touch PWN`",
            b"'; touch PWN #",
            b"\"$(touch PWN)\"",
            b"AAAC\x1b[201~\rtouch PWN\r.",
            b"a\ntouch PWN\n.",
            b"%s%n$PATH!!",
            b"=ls ^x {a,b} ?(x) <(y)",
            b"--option=-x",
            "a\u{200b}\u{61c}b".as_bytes(),
            b"(touch PWN) & [ ! ]",
        ];
        assert_passed_on(&words);
    }

    #[test]
    fn a_path_is_not_taken_for_an_option() {
        assert_eq!(path(Path::new("-o x")), "'./-o x'");
        assert_eq!(path(Path::new("/data/-o")), "/data/-o");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn arbitrary_arguments_are_passed_on_unchanged(words in prop::collection::vec(prop::collection::vec(1u8..=255, 1..12), 1..8)) {
            let words: Vec<Vec<u8>> = words
                .into_iter()
                .map(|mut word| {
                    word.push(b'.');
                    word
                })
                .collect();
            assert_passed_on(&words.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
    }
}
