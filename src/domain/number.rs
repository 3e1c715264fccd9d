//! Real numbers as Python prints them. The official client's files use this format.

use std::fmt::{self, Display, Write};

/// A number displayed like Python's `repr`: the shortest digits that read back as the same number, always with a
/// decimal point or an exponent.
#[derive(Clone, Copy, Debug)]
pub struct PythonFloat(pub f64);

impl Display for PythonFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let size = value.abs();
        if value.is_nan() {
            f.write_str("nan")
        } else if value.is_infinite() {
            f.write_str(if value > 0.0 { "inf" } else { "-inf" })
        } else if size == 0.0 || (1e-4..1e16).contains(&size) {
            write!(f, "{value}")?;
            if value.fract() == 0.0 { f.write_str(".0") } else { Ok(()) }
        } else {
            scientific(f, value)
        }
    }
}

/// Returns a score or a threshold for display: two decimal places, or more if the number has more.
pub fn score_text(score: f64) -> String {
    let rounded = (score * 100.0).round() / 100.0;
    if rounded == score || !score.is_finite() { format!("{score:.2}") } else { score.to_string() }
}

/// Returns a number with thousands separators: `11,212`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Returns a number with about three digits: `0.05`, `12`, `1,234`, `2.0e7`.
pub fn short(number: f64) -> String {
    let sign = if number < 0.0 { "-" } else { "" };
    match number.abs() {
        0.0 => "0".to_owned(),
        size if (100.0..1e6).contains(&size) => format!("{sign}{}", grouped(size.round() as u64)),
        size if (0.01..100.0).contains(&size) && size.fract() == 0.0 => format!("{number:.0}"),
        size if (0.01..100.0).contains(&size) => format!("{number:.2}"),
        _ => format!("{number:.1e}"),
    }
}

/// Writes the exponent with a sign and at least two digits, as Python does.
fn scientific(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    f.write_str(digits)?;
    f.write_char('e')?;
    let (sign, size) = exponent.strip_prefix('-').map_or(('+', exponent), |size| ('-', size));
    write!(f, "{sign}{size:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_have_thousands_separators() {
        assert_eq!([0, 999, 1_000, 11_212, 1_000_000].map(grouped), ["0", "999", "1,000", "11,212", "1,000,000"]);
    }

    #[test]
    fn short_numbers_have_about_three_digits_and_their_sign() {
        assert_eq!(
            [0.0, 1.0, 0.5, -0.25, 50.0, 1234.4, -1234.4, 2e7, -0.001, f64::NAN].map(short),
            ["0", "1", "0.50", "-0.25", "50", "1,234", "-1,234", "2.0e7", "-1.0e-3", "NaN"]
        );
    }

    #[test]
    fn numbers_are_printed_like_python() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-4, "0.0001"),
            (9.999e-5, "9.999e-05"),
            (1e-5, "1e-05"),
            (-2.5e-117, "-2.5e-117"),
            (1e16, "1e+16"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1.5e-7, "1.5e-07"),
            (123_456_789.0, "123456789.0"),
            (1e15, "1000000000000000.0"),
            (-2.5e100, "-2.5e+100"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in cases {
            assert_eq!(PythonFloat(value).to_string(), text);
        }
    }
}
