//! Turns `locales/en.json` into one Rust function a text, so that a missing key or argument does not compile.
//!
//! A text is `group.key`. `{{ name }}` is an argument, in order of appearance. `key_one` and `key_other` are the plural
//! forms of `key`, chosen by its argument `count`. A second language adds a choice of locale here, and nowhere else.

use std::{collections::BTreeMap, env, error::Error, fmt::Write, fs, path::Path};

const SOURCE: &str = "locales/en.json";

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed=build.rs");
    let texts: Texts = serde_json::from_str(&fs::read_to_string(SOURCE)?)?;
    let mut code = String::new();
    for (group, texts) in &texts {
        writeln!(code, "pub(crate) mod {group} {{")?;
        for (key, text) in texts {
            if let Some(key) = key.strip_suffix("_one") {
                let other =
                    texts.get(&format!("{key}_other")).ok_or(format!("{group}.{key}_other is missing"))?;
                let (one, other) =
                    (text.replace("{{ count }}", "{count}"), other.replace("{{ count }}", "{count}"));
                writeln!(
                    code,
                    "pub(crate) fn {key}(count: usize) -> String {{ if count == 1 {{ format!({one:?}) }} else {{ format!({other:?}) }} }}"
                )?;
            } else if !key.ends_with("_other") {
                function(&mut code, key, text)?;
            }
        }
        code.push_str("}\n");
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("words.rs"), code)?;
    Ok(())
}

/// A text without plural forms: `&'static str`, or a `String` where it has arguments.
fn function(code: &mut String, key: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let names: Vec<&str> =
        text.split("{{ ").skip(1).map(|rest| rest.split(" }}").next().unwrap_or_default()).collect();
    if names.is_empty() {
        writeln!(code, "pub(crate) const fn {key}() -> &'static str {{ {text:?} }}")?;
    } else {
        let arguments: Vec<_> = names.iter().map(|name| format!("{name}: usize")).collect();
        let format = text.replace("{{ ", "{").replace(" }}", "}");
        writeln!(code, "pub(crate) fn {key}({}) -> String {{ format!({format:?}) }}", arguments.join(", "))?;
    }
    Ok(())
}
