//! One style sheet out of many: `@import "x.css" layer(name);` becomes `@layer name { … }`.
//!
//! A browser would fetch imports one after the other, each a round trip before the first paint. Nothing else
//! is changed: the floor of supported browsers reads the rest as written.

use std::io;

/// Why the style sheets could not be joined.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// An import in another form than the one that is understood.
    #[error("main.css: \"{0}\" is not of the form `@import \"file.css\" layer(name);`")]
    Form(String),
    /// An imported file that can't be read.
    #[error("main.css imports {file}, which can't be read: {source}")]
    Read {
        /// As main.css names it.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// An imported file that imports again: only main.css does.
    #[error("{0} has an @import; move it to main.css, the only sheet that imports")]
    Nested(String),
}

/// `main` with the content of every sheet it imports in place. `read` gives a sheet by the name `main` uses.
pub fn inline(main: &str, read: impl Fn(&str) -> io::Result<String>) -> Result<String, SheetError> {
    let mut sheet = String::new();
    for line in main.lines() {
        if !line.trim_start().starts_with("@import") {
            sheet.push_str(line);
            sheet.push('\n');
            continue;
        }
        let (file, layer) =
            parse_import(line.trim()).ok_or_else(|| SheetError::Form(line.trim().to_owned()))?;
        let content = read(file).map_err(|source| SheetError::Read { file: file.to_owned(), source })?;
        if content.contains("@import") {
            return Err(SheetError::Nested(file.to_owned()));
        }
        sheet.push_str("@layer ");
        sheet.push_str(layer);
        sheet.push_str(" {\n");
        sheet.push_str(content.trim_end());
        sheet.push_str("\n}\n");
    }
    Ok(sheet)
}

/// File and layer of one import; a comment may follow it.
fn parse_import(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("@import")?.trim_start().strip_prefix('"')?;
    let (file, rest) = rest.split_once('"')?;
    let (layer, rest) = rest.trim_start().strip_prefix("layer(")?.split_once(')')?;
    let rest = rest.trim_start().strip_prefix(';')?.trim();
    (rest.is_empty() || (rest.starts_with("/*") && rest.ends_with("*/"))).then_some((file, layer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn only_tokens(file: &str) -> io::Result<String> {
        match file {
            "tokens.css" => Ok(":root { --size-1: 4px; }\n".to_owned()),
            "again.css" => Ok("@import \"tokens.css\";\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    #[test]
    fn an_import_becomes_a_block_of_its_layer() {
        let main = "@layer reset, tokens;\n@import \"tokens.css\" layer(tokens); /* the only literals */\n";
        assert_eq!(
            inline(main, only_tokens).unwrap(),
            "@layer reset, tokens;\n@layer tokens {\n:root { --size-1: 4px; }\n}\n"
        );
    }

    #[test]
    fn an_import_without_layer_a_missing_file_and_a_nested_import_are_refused() {
        assert!(matches!(inline("@import \"tokens.css\";", only_tokens), Err(SheetError::Form(_))));
        assert!(matches!(
            inline("@import \"tokens.css\" layer(tokens) print;", only_tokens),
            Err(SheetError::Form(_))
        ));
        assert!(matches!(inline("@import \"no.css\" layer(a);", only_tokens), Err(SheetError::Read { .. })));
        assert!(matches!(inline("@import \"again.css\" layer(a);", only_tokens), Err(SheetError::Nested(_))));
    }

    /// The real sheets: nothing is left to fetch, every sheet in `style/` is in, and braces close.
    #[test]
    fn the_built_sheet_has_no_import_and_every_sheet_is_in_it() {
        let style = Path::new(env!("CARGO_MANIFEST_DIR")).join("../style");
        let main = fs::read_to_string(style.join("main.css")).unwrap();
        let sheet = inline(&main, |file| fs::read_to_string(style.join(file))).unwrap();
        assert!(!sheet.contains("@import"));
        assert_eq!(sheet.matches('{').count(), sheet.matches('}').count());
        let mut folders = vec![style.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path != style.join("main.css") {
                    let content = fs::read_to_string(&path).unwrap();
                    assert!(
                        sheet.contains(content.trim_end()),
                        "main.css does not import {}",
                        path.display()
                    );
                }
            }
        }
    }
}
