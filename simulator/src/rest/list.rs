//! A list as its caller wants it: `search`, `filter`, `orderby`, `skip`, `top`, and the `$` that one example has before
//! them.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Value, json};

use super::Failure;

/// The largest page, and the one by default.
const TOP_MAX: usize = 100;

/// The query's parameters.
pub type Query = BTreeMap<String, String>;

/// The page that was asked for: `{"count", "items"}`, where the count is of all that fit. Of a list that is taken as it is,
/// only the page's rows are made.
pub fn page<T>(all: &[T], query: &Query, row: impl Fn(&T) -> Value) -> Result<Value, Failure> {
    let parameter =
        |name: &str| query.get(name).or_else(|| query.get(&format!("${name}"))).map(String::as_str);
    let number = |name, default| match parameter(name) {
        None => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Failure::bad(format!("{name} is no number"))),
    };
    let (skip, top) = (number("skip", 0)?, number("top", TOP_MAX)?);
    if !(1..=TOP_MAX).contains(&top) {
        return Err(Failure::bad(format!("top must be 1 to {TOP_MAX}")));
    }
    let chosen = |name| parameter(name).filter(|text| !text.is_empty());
    let (search, filter, order) = (chosen("search"), chosen("filter"), chosen("orderby"));
    if (search, filter, order) == (None, None, None) {
        let items: Vec<Value> = all.iter().skip(skip).take(top).map(row).collect();
        return Ok(json!({"count": all.len(), "items": items}));
    }
    let mut items: Vec<Value> = all.iter().map(row).collect();
    if let Some(text) = search {
        items.retain(|item| has(item, text));
    }
    if let Some(filter) = filter {
        let conditions: Vec<Condition<'_>> =
            filter.split(" and ").map(Condition::read).collect::<Result<_, _>>()?;
        items.retain(|item| conditions.iter().all(|condition| condition.holds(item)));
    }
    if let Some(order) = order {
        sort(&mut items, order)?;
    }
    let count = items.len();
    let items: Vec<Value> = items.into_iter().skip(skip).take(top).collect();
    Ok(json!({"count": count, "items": items}))
}

fn has(item: &Value, text: &str) -> bool {
    let text = text.to_lowercase();
    let members = item.as_object().into_iter().flat_map(|item| item.values());
    members.filter_map(Value::as_str).any(|member| member.to_lowercase().contains(&text))
}

fn sort(items: &mut [Value], order: &str) -> Result<(), Failure> {
    let (name, falling) = match order.split_once(' ') {
        None | Some((_, "asc")) => (order.split(' ').next().unwrap_or_default(), false),
        Some((name, "desc")) => (name, true),
        Some(_) => return Err(Failure::bad("orderby is a field, then asc or desc")),
    };
    items.sort_by(|a, b| {
        let order = text(&a[name]).cmp(&text(&b[name]));
        if falling { order.reverse() } else { order }
    });
    Ok(())
}

/// Times, numbers of extensions and names compare as text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A part of a filter: `caller eq '101'`, `startswith(caller, '10')`.
struct Condition<'a> {
    name: &'a str,
    is: Is,
    value: &'a str,
}

#[derive(Clone, Copy)]
enum Is {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Starting,
    Containing,
}

impl<'a> Condition<'a> {
    fn read(text: &'a str) -> Result<Self, Failure> {
        let bad = || Failure::bad("filter is not understood");
        let value = |text: &'a str| text.trim().strip_prefix('\'')?.strip_suffix('\'');
        for (word, is) in [("startswith(", Is::Starting), ("contains(", Is::Containing)] {
            if let Some(rest) = text.trim().strip_prefix(word).and_then(|rest| rest.strip_suffix(')')) {
                let (name, quoted) = rest.split_once(',').ok_or_else(bad)?;
                return Ok(Self { name: name.trim(), is, value: value(quoted).ok_or_else(bad)? });
            }
        }
        let (name, rest) = text.trim().split_once(' ').ok_or_else(bad)?;
        let (word, quoted) = rest.trim().split_once(' ').ok_or_else(bad)?;
        let is = match word {
            "eq" => Is::Equal,
            "ne" => Is::NotEqual,
            "gt" => Is::Greater,
            "ge" => Is::GreaterOrEqual,
            "lt" => Is::Less,
            "le" => Is::LessOrEqual,
            _ => return Err(bad()),
        };
        Ok(Self { name, is, value: value(quoted).ok_or_else(bad)? })
    }

    fn holds(&self, item: &Value) -> bool {
        if item[self.name].is_null() {
            return matches!(self.is, Is::NotEqual);
        }
        let found = text(&item[self.name]);
        let order = found.as_str().cmp(self.value);
        match self.is {
            Is::Equal => order == Ordering::Equal,
            Is::NotEqual => order != Ordering::Equal,
            Is::Greater => order == Ordering::Greater,
            Is::GreaterOrEqual => order != Ordering::Less,
            Is::Less => order == Ordering::Less,
            Is::LessOrEqual => order != Ordering::Greater,
            Is::Starting => found.starts_with(self.value),
            Is::Containing => found.contains(self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Vec<Value> {
        (0..250)
            .map(|n| json!({"caller": (101 + n).to_string(), "ended_at": format!("2026-01-01T00:{:02}:00Z", n % 60), "x": null}))
            .collect()
    }

    fn ask(pairs: &[(&str, &str)]) -> Result<(u64, Vec<String>), Failure> {
        let query = pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let page = page(&items(), &query, Value::clone)?;
        let callers = page["items"].as_array().unwrap().iter();
        Ok((
            page["count"].as_u64().unwrap(),
            callers.map(|item| item["caller"].as_str().unwrap().to_owned()).collect(),
        ))
    }

    #[test]
    fn pages_join_to_the_whole() {
        let mut all = Vec::new();
        for skip in ["0", "100", "200"] {
            let (count, page) = ask(&[("skip", skip)]).unwrap();
            assert_eq!(count, 250);
            all.extend(page);
        }
        assert_eq!(all, (101..351).map(|n| n.to_string()).collect::<Vec<_>>());
        assert_eq!(ask(&[("$skip", "240"), ("top", "3")]).unwrap().1, ["341", "342", "343"]);
        assert_eq!(ask(&[("skip", "900")]).unwrap().1.len(), 0);
    }

    /// Oracle: the page's own examples of a filter.
    #[test]
    fn filters_search_and_order_are_understood() {
        assert_eq!(ask(&[("filter", "caller eq '110'")]).unwrap().1, ["110"]);
        let (count, callers) =
            ask(&[("filter", "startswith(caller,'10') and ended_at gt '2026-01-01T00:05:00Z'")]).unwrap();
        assert_eq!((count, callers), (3, ["107", "108", "109"].map(str::to_owned).to_vec()));
        assert_eq!(ask(&[("search", "334")]).unwrap().1, ["334"]);
        assert_eq!(ask(&[("orderby", "caller desc"), ("top", "1")]).unwrap().1, ["350"]);
        assert_eq!(ask(&[("filter", "x eq '1'")]).unwrap().0, 0);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for pair in [
            ("top", "0"),
            ("top", "101"),
            ("skip", "-1"),
            ("filter", "caller"),
            ("filter", "caller eq 110"),
            ("filter", "caller like '1'"),
            ("orderby", "caller up"),
        ] {
            assert!(ask(&[pair]).is_err(), "{pair:?}");
        }
    }
}
