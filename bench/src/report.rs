//! The table: what was measured, beside its target, and by how much it was met or missed.

use std::fmt;

/// What a figure should be. All targets are of a machine with 2 cores that the bench shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most that.
    AtMost(f64),
    /// At least that.
    AtLeast(f64),
    /// None: the figure explains another one.
    None,
}

/// A figure.
#[derive(Clone, Debug)]
pub struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    target: Target,
}

impl Figure {
    /// A figure of that unit.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str, target: Target) -> Self {
        Self { what: what.into(), value, unit, target }
    }

    /// The figure by its target: below 1 is better than wanted where it is to be small, above 1 where it is to be great.
    fn ratio(&self) -> Option<f64> {
        match self.target {
            Target::AtMost(target) | Target::AtLeast(target) if target > 0.0 => Some(self.value / target),
            Target::AtMost(_) | Target::AtLeast(_) | Target::None => None,
        }
    }

    fn verdict(&self) -> String {
        match self.target {
            Target::AtMost(0.0) if self.value > 0.0 => "missed".into(),
            Target::AtMost(target) if self.value > target => {
                format!("missed by {:.2} ×", self.value / target)
            }
            Target::AtLeast(target) if self.value < target => {
                format!("missed by {:.2} ×", target / self.value)
            }
            Target::AtMost(_) | Target::AtLeast(_) => "met".into(),
            Target::None => String::new(),
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtMost(target) => format!("≤ {}", number(target)),
            Target::AtLeast(target) => format!("≥ {}", number(target)),
            Target::None => String::new(),
        }
    }
}

/// Three digits, thousands apart.
fn number(value: f64) -> String {
    if value.abs() < 10.0 {
        return format!("{value:.2}");
    }
    if value.abs() < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let (mut text, length) = (String::new(), digits.len());
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (length - place).is_multiple_of(3) && digit.is_ascii_digit() && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All figures of one start of the bench.
#[derive(Clone, Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    notes: Vec<String>,
}

impl Report {
    /// Adds a figure.
    pub fn figure(&mut self, what: impl Into<String>, value: f64, unit: &'static str, target: Target) {
        self.figures.push(Figure::new(what, value, unit, target));
    }

    /// Adds a line that stands below the table.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.figures.iter().map(|figure| {
            let ratio = figure.ratio().map_or(String::new(), |ratio| format!("{ratio:.2}"));
            [
                figure.what.clone(),
                format!("{} {}", number(figure.value), figure.unit),
                figure.target(),
                ratio,
                figure.verdict(),
            ]
        });
        let head = ["What", "Figure", "Target", "Ratio", ""].map(str::to_owned);
        let rows: Vec<[String; 5]> = std::iter::once(head).chain(rows).collect();
        let widths = [0, 1, 2, 3, 4]
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default());
        let line = |f: &mut fmt::Formatter<'_>, row: &[String; 5]| {
            let cells: Vec<String> =
                row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "| {} |", cells.join(" | "))
        };
        for (place, row) in rows.iter().enumerate() {
            line(f, row)?;
            if place == 0 {
                line(f, &widths.map(|width| "-".repeat(width)))?;
            }
        }
        for note in &self.notes {
            writeln!(f, "- {note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_up_to_itself_and_a_miss_says_by_how_much() {
        let verdict = |value, target| Figure::new("x", value, "ms", target).verdict();
        assert_eq!(verdict(10.0, Target::AtMost(10.0)), "met");
        assert_eq!(verdict(15.0, Target::AtMost(10.0)), "missed by 1.50 ×");
        assert_eq!(verdict(25_000.0, Target::AtLeast(25_000.0)), "met");
        assert_eq!(verdict(10_000.0, Target::AtLeast(25_000.0)), "missed by 2.50 ×");
        assert_eq!(verdict(1.0, Target::None), "");
        assert_eq!(verdict(3.0, Target::AtMost(0.0)), "missed");
    }

    #[test]
    fn numbers_have_three_digits_or_all_of_them() {
        let wanted =
            [(0.123, "0.12"), (12.34, "12.3"), (999.4, "999"), (1000.0, "1,000"), (1_234_567.0, "1,234,567")];
        for (value, text) in wanted {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(-1234.0), "-1,234");
    }

    #[test]
    fn the_table_is_as_wide_as_its_widest_cells() {
        let mut report = Report::default();
        report.figure("a long name", 1.0, "ms", Target::AtMost(2.0));
        report.note("quiet");
        assert_eq!(
            report.to_string(),
            "| What        | Figure  | Target | Ratio |     |\n\
             | ----------- | ------- | ------ | ----- | --- |\n\
             | a long name | 1.00 ms | ≤ 2.00 | 0.50  | met |\n\
             - quiet\n"
        );
    }
}
