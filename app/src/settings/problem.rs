//! What was not understood of a delivery, in the reader's language: the words of `model::event::Problem`, each with the next
//! step. Logs and the API have its own words, which are English.

use model::event::{Limit, Problem, Shape};

use crate::words::word;

/// A problem in words, as a part of a sentence.
pub fn words(problem: &Problem) -> String {
    match problem {
        Problem::NotJson { offset } => word!(problem.not_json, offset),
        Problem::NotUtf8 { offset } => word!(problem.not_utf8, offset),
        Problem::TooLarge { limit: past } => word!(problem.too_large, limit(*past)),
        Problem::Encoding { encoding } => word!(problem.encoding, encoding),
        Problem::NotAnEvent => word!(problem.not_an_event).into(),
        Problem::NoType => word!(problem.no_type).into(),
        Problem::Missing { event, field } => word!(problem.missing, event, field),
        Problem::Field { event, field, expected } => word!(problem.field, event, field, shape(*expected)),
        Problem::UnknownEvent { name } => word!(problem.unknown_event, name),
        Problem::UnknownField { event, field } => word!(problem.unknown_field, event, field),
    }
}

/// Several of them, in their order.
pub fn all(problems: &[Problem]) -> String {
    let joined = problems.iter().map(words).reduce(|before, after| word!(problem.and, before, after));
    joined.unwrap_or_default()
}

fn limit(limit: Limit) -> &'static str {
    match limit {
        Limit::Bytes => word!(problem.limit_bytes),
        Limit::Row => word!(problem.limit_row),
        Limit::Values => word!(problem.limit_values),
        Limit::Objects => word!(problem.limit_objects),
        Limit::Depth => word!(problem.limit_depth),
        Limit::List => word!(problem.limit_list),
        Limit::Text => word!(problem.limit_text),
    }
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => word!(problem.shape_text),
        Shape::Id => word!(problem.shape_id),
        Shape::Seconds => word!(problem.shape_seconds),
        Shape::Whole => word!(problem.shape_whole),
        Shape::Flag => word!(problem.shape_flag),
        Shape::Word => word!(problem.shape_word),
        Shape::Address => word!(problem.shape_address),
        Shape::Objects => word!(problem.shape_objects),
        Shape::CallerKind => word!(problem.shape_caller_kind),
        Shape::Direction => word!(problem.shape_direction),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::look::{Language, Look, within};

    fn say(language: Language, problems: &[Problem]) -> String {
        within(Look { language, ..Look::default() }, || all(problems))
    }

    /// One of each kind, limit and shape, each with what it must name.
    fn problems() -> Vec<(Problem, Vec<&'static str>)> {
        let (event, field) = ("queue_status", "skill");
        let named = |problem: fn(String, String) -> Problem| {
            (problem(event.into(), field.into()), vec![event, field])
        };
        let mut problems = vec![
            (Problem::NotJson { offset: 89 }, vec!["89"]),
            (Problem::NotUtf8 { offset: 90 }, vec!["90"]),
            (Problem::Encoding { encoding: "br".into() }, vec!["br"]),
            (Problem::NotAnEvent, vec!["JSON"]),
            (Problem::NoType, vec!["event_type"]),
            named(|event, field| Problem::Missing { event, field }),
            (Problem::UnknownEvent { name: "queue_wrapup".into() }, vec!["queue_wrapup"]),
            named(|event, field| Problem::UnknownField { event, field }),
        ];
        problems.extend(Limit::ALL.map(|limit| (Problem::TooLarge { limit }, vec!["JSON"])));
        problems.extend(Shape::ALL.map(|expected| {
            let problem = Problem::Field { event: event.into(), field: field.into(), expected };
            (problem, vec![event, field])
        }));
        problems
    }

    #[test]
    fn every_problem_is_said_in_every_language_by_words_of_its_own() {
        let mut said = BTreeSet::new();
        for language in Language::ALL {
            for (problem, names) in problems() {
                let words = say(language, std::slice::from_ref(&problem));
                let is_english = words == problem.to_string();
                assert_eq!(is_english, language == Language::English, "{language:?}: {words}");
                assert!(names.iter().all(|name| words.contains(name)), "{language:?}: {words}");
                assert!(said.insert(words.clone()), "said twice: {words}");
            }
        }
    }

    #[test]
    fn limits_and_shapes_are_no_english_in_another_language() {
        for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
            let look = Look { language, ..Look::default() };
            let limits = Limit::ALL.map(|one| (within(look, || limit(one)), one.to_string()));
            let shapes = Shape::ALL.map(|one| (within(look, || shape(one)), one.to_string()));
            for (own, english) in limits.into_iter().chain(shapes) {
                assert!(!own.is_empty() && own != english, "{language:?}: {own}");
            }
        }
    }

    #[test]
    fn several_stand_one_behind_the_other_as_the_language_joins_them() {
        let two = [Problem::NoType, Problem::NotAnEvent];
        assert_eq!(say(Language::English, &two), two.each_ref().map(ToString::to_string).join("; "));
        assert_eq!(say(Language::Chinese, &two).matches('；').count(), 3, "{}", say(Language::Chinese, &two));
        assert_eq!(say(Language::German, &[]), "");
    }
}
