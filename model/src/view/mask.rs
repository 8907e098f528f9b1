//! The mask: outside parties' numbers without their last four digits, and names that have five digits or more likewise.
//!
//! A name may be a number, or hold one, whoever's it is: so a name's own digits decide, not its owner's number.

use super::Inside;
use crate::{
    id::{Number, Text},
    wire::{Party, Row},
};

/// What a hidden digit looks like.
const HIDDEN: char = '•';

/// How many digits are hidden.
const DIGITS: usize = 4;

/// A name with fewer digits hides none: it may be a house or a room.
const NAME_DIGITS_MIN: usize = 5;

/// Hides what is to be hidden in a row, which says so where anything was.
pub(super) fn mask(row: &mut Row, inside: &Inside) {
    match row {
        Row::Extension(_) | Row::Queue(_) => {}
        Row::Caller(row) => {
            let number = hide_number(row.number.as_mut(), |number| inside.has(number));
            row.masked = hide_name(row.name.as_mut()) | number;
        }
        Row::Agent(row) => {
            row.masked = hide_number(row.with_number.as_mut(), |number| inside.has(number));
        }
        Row::Course(row) => {
            let numbers = row.breaches.iter_mut().map(|breach| breach.number.as_mut());
            row.masked =
                numbers.fold(false, |any, number| hide_number(number, |number| inside.has(number)) | any);
        }
        Row::Call(row) => {
            let did = row.did.as_deref();
            let ours = |number: &Number| did == Some(number.as_str()) || inside.has(number);
            let hide = |Party { number, name }: &mut Party| {
                hide_number(number.as_mut(), ours) | hide_name(name.as_mut())
            };
            let parties = hide(&mut row.from) | hide(&mut row.to);
            let legs =
                row.legs.iter_mut().fold(false, |any, leg| hide_number(Some(&mut leg.number), ours) | any);
            row.masked = parties | legs;
        }
    }
}

/// Hides an outside party's; whether it had any digits.
pub(super) fn hide_number(number: Option<&mut Number>, is_ours: impl Fn(&Number) -> bool) -> bool {
    let Some(number) = number.filter(|number| !is_ours(number)) else { return false };
    let Some(hidden) = without_last(number.as_str()) else { return false };
    *number = hidden.into();
    true
}

/// Hides the digits of a name that has many; whether it has.
pub(super) fn hide_name(name: Option<&mut Text>) -> bool {
    let Some(name) =
        name.filter(|name| name.chars().filter(|character| is_digit(*character)).count() >= NAME_DIGITS_MIN)
    else {
        return false;
    };
    // Of several numbers in a name the last is not the only one.
    let mut hidden = String::with_capacity(name.len());
    let mut rest: &str = name;
    while let Some(start) = rest.find(is_digit) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|character| !is_digit(character)).unwrap_or(from.len()));
        hidden.push_str(before);
        let is_long = run.chars().count() >= NAME_DIGITS_MIN;
        match without_last(run).filter(|_| is_long) {
            Some(run) => hidden.push_str(&run),
            None => hidden.push_str(run),
        }
        rest = after;
    }
    hidden.push_str(rest);
    // Digits that stand apart are a number too. Those that are hidden already count as the last.
    let mut left = DIGITS;
    let all: Vec<char> = hidden.chars().rev().map(|character| hide_while(&mut left, character)).collect();
    *name = all.into_iter().rev().collect::<String>().into();
    true
}

/// A text without its last four digits; `None` where it has none.
fn without_last(text: &str) -> Option<String> {
    let mut left = DIGITS;
    let reversed: Vec<char> = text.chars().rev().map(|character| hide_while(&mut left, character)).collect();
    (left < DIGITS).then(|| reversed.into_iter().rev().collect())
}

fn hide_while(left: &mut usize, character: char) -> char {
    if *left == 0 || !(is_digit(character) || character == HIDDEN) {
        return character;
    }
    *left -= 1;
    HIDDEN
}

/// A digit of any script: a caller's name is what he likes.
fn is_digit(character: char) -> bool {
    character.is_numeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> String {
        let mut number = Number::from(text);
        hide_number(Some(&mut number), |_| false);
        number.to_string()
    }

    fn name(text: &str) -> String {
        let mut name = Text::from(text);
        hide_name(Some(&mut name));
        name.to_string()
    }

    /// Oracle: the design's words, "the last four digits of outside parties' numbers, and of a name that has five digits or
    /// more", applied by hand.
    #[test]
    fn the_last_four_digits_are_hidden() {
        assert_eq!(number("+4930123456"), "+493012••••");
        assert_eq!(number("030 12 34 56"), "030 12 •• ••");
        assert_eq!(number("112"), "•••");
        assert_eq!(number("0030٠١٢٣"), "0030••••");
        assert_eq!(number("anonymous"), "anonymous");
        assert_eq!(name("Jane Doe"), "Jane Doe");
        assert_eq!(name("Room 1234"), "Room 1234");
        assert_eq!(name("Jane 030/12345"), "Jane 030/1••••");
        assert_eq!(name("0 1 2 3 4"), "0 • • • •");
        assert_eq!(name("0171234567 or 0301234567 (2)"), "017123•••• or 030123•••• (•)");
        assert_eq!(name("12345 on floor 6"), "1•••• on floor •");
    }
}
