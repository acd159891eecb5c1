//! Money: integer minor units of one currency per installation.

use std::fmt;

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
}

/// Currencies whose minor unit is not a hundredth (ISO 4217, list one, 2024).
const EXPONENTS: [(&[u8; 3], u32); 25] = [
    (b"BHD", 3),
    (b"BIF", 0),
    (b"CLF", 4),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"IQD", 3),
    (b"ISK", 0),
    (b"JOD", 3),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"TND", 3),
    (b"UGX", 0),
    (b"UYI", 0),
    (b"UYW", 4),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
];

impl Currency {
    /// Indian rupees, the default.
    pub const INR: Self = Self { code: *b"INR" };

    /// The currency with this three-letter code in capitals.
    pub fn parse(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self { code })
    }

    /// The three-letter code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("INR")
    }

    /// How many decimal digits the minor unit stands behind the point.
    pub fn exponent(self) -> u32 {
        EXPONENTS.iter().find(|(code, _)| **code == self.code).map_or(2, |(_, exponent)| *exponent)
    }

    /// An amount in major units, for example `64.50`.
    pub fn major(self, minor: i64) -> String {
        fixed_point(minor, self.exponent())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// `value` with the point moved `digits` places to the left.
pub fn fixed_point(value: i64, digits: u32) -> String {
    if digits == 0 {
        return value.to_string();
    }
    // Digits and a point put together are less work than a format with a width; a page has dozens.
    let (digits, magnitude) = (digits as usize, value.unsigned_abs().to_string());
    let mut text = String::with_capacity(magnitude.len() + digits + 3);
    if value < 0 {
        text.push('-');
    }
    for _ in magnitude.len()..=digits {
        text.push('0');
    }
    text.push_str(&magnitude);
    text.insert(text.len() - digits, '.');
    text
}

/// `value / 10^digits` without superfluous zeros, for example `1.5`.
pub fn shortest(value: i64, digits: u32) -> String {
    let text = fixed_point(value, digits);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Why a decimal number is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleError {
    /// More digits behind the point than the unit has.
    TooPrecise,
    /// Beyond 64 bits.
    OutOfRange,
    /// Not a decimal number.
    Malformed,
}

/// Reads a plain decimal number (`-?digits(.digits)?`) as an integer number of `10^-digits`.
///
/// # Errors
/// When it is malformed, does not fit 64 bits, or has more significant digits behind the point than `digits`.
pub fn parse_scaled(text: &str, digits: u32) -> Result<i64, ScaleError> {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || fraction.is_some_and(|f| !is_digits(f)) {
        return Err(ScaleError::Malformed);
    }
    let fraction = fraction.unwrap_or("").trim_end_matches('0');
    if fraction.len() > digits as usize {
        return Err(ScaleError::TooPrecise);
    }
    let mut value: i64 = 0;
    let padding = digits as usize - fraction.len();
    for digit in whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', padding)) {
        value = value.checked_mul(10).and_then(|v| v.checked_sub(i64::from(digit - b'0'))).ok_or(ScaleError::OutOfRange)?;
    }
    if negative { Ok(value) } else { value.checked_neg().ok_or(ScaleError::OutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_exact_strings() {
        let yen = Currency::parse("JPY").unwrap();
        assert_eq!((Currency::INR.major(6_450), yen.major(64)), ("64.50".to_owned(), "64".to_owned()));
        assert_eq!((Currency::INR.major(5), Currency::INR.major(-60)), ("0.05".to_owned(), "-0.60".to_owned()));
        assert_eq!(Currency::INR.major(i64::MIN), "-92233720368547758.08");
        assert_eq!((shortest(1_500, 3), shortest(1_000, 3), shortest(10, 0)), ("1.5".into(), "1".into(), "10".into()));
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (text, why) in [
            ("1.234", ScaleError::TooPrecise),
            ("92233720368547758.08", ScaleError::OutOfRange),
            ("1e3", ScaleError::Malformed),
            (".5", ScaleError::Malformed),
            ("5.", ScaleError::Malformed),
            ("", ScaleError::Malformed),
            ("+5", ScaleError::Malformed),
            (" 5", ScaleError::Malformed),
        ] {
            assert_eq!(parse_scaled(text, 2), Err(why), "{text}");
        }
        assert_eq!(parse_scaled("1.230000", 2), Ok(123));
    }

    #[test]
    fn only_three_capitals_are_a_currency() {
        assert!(["inr", "IN", "INRR", "I1R", "₹"].into_iter().all(|code| Currency::parse(code).is_none()));
    }

    proptest! {
        #[test]
        fn every_amount_reads_back(minor: i64, digits in 0_u32..5) {
            prop_assert_eq!(parse_scaled(&fixed_point(minor, digits), digits), Ok(minor));
            prop_assert_eq!(parse_scaled(&shortest(minor, digits), digits), Ok(minor));
        }
    }
}
