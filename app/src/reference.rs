//! The API for people: each address with what it is, its parameters, its answers and an example. A plain page, without
//! scripts.

use leptos::prelude::*;

use crate::{head::Head, look, words::word};

/// What the server gives for the page. Texts are the API's own document's.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What the API is.
    pub about: String,
    /// Where its document for machines is.
    pub document: String,
    /// What the examples want to be set in the shell.
    pub set_up: String,
    /// Its addresses.
    pub addresses: Vec<Address>,
    /// The style sheet, where the build has one.
    pub css: Option<String>,
}

/// One address.
#[derive(Clone, Debug)]
pub struct Address {
    /// Method and path.
    pub name: String,
    /// The same with the tenant in it, where there is such a one.
    pub of_tenant: Option<String>,
    /// What it gives.
    pub about: String,
    /// What may be asked.
    pub parameters: Vec<Parameter>,
    /// What may be answered: status and meaning.
    pub answers: Vec<(String, String)>,
    /// A command that asks.
    pub example: String,
}

/// One parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Whether it stands in the path, else in the query.
    pub in_path: bool,
    /// What it is.
    pub about: String,
}

/// The whole document.
pub fn document(reference: Reference) -> String {
    Owner::new().with(|| {
        let Reference { about, document, set_up, addresses, css } = reference;
        let look = look::now();
        view! {
            <!DOCTYPE html>
            <html lang=look.language.tag() data-theme=look.theme.mark()>
                <head><Head title=word!(reference.title) css/></head>
                <body>
                    <main id="main" class="reference">
                        <h1>{format!("{} · {}", word!(bar.brand), word!(reference.title))}</h1>
                        <p>{about}</p>
                        <p><a href=document>{word!(reference.document)}</a></p>
                        <p>{word!(reference.example)}</p>
                        <pre><code>{set_up}</code></pre>
                        {addresses.into_iter().map(|address| view! { <AddressPart address/> }).collect_view()}
                    </main>
                </body>
            </html>
        }
        .to_html()
    })
}

/// One address.
#[component]
fn AddressPart(
    /// What is said of it.
    address: Address,
) -> impl IntoView {
    let Address { name, of_tenant, about, parameters, answers, example } = address;
    let parameters = parameters.into_iter().map(|Parameter { name, in_path, about }| {
        let place = if in_path { word!(reference.path) } else { word!(reference.query) };
        view! {
            <dt><code>{name}</code> " " <span class="dim">{place}</span></dt>
            <dd>{about}</dd>
        }
    });
    let parameters: Vec<_> = parameters.collect();
    let answers = answers.into_iter().map(|(status, about)| view! { <dt>{status}</dt><dd>{about}</dd> });

    view! {
        <section>
            <h2><code>{name}</code></h2>
            <p>{about}</p>
            {of_tenant.map(|path| view! { <p class="sub">{word!(reference.also)} " " <code>{path}</code></p> })}
            {(!parameters.is_empty()).then(|| view! { <h3>{word!(reference.parameters)}</h3> <dl>{parameters}</dl> })}
            <h3>{word!(reference.answers)}</h3>
            <dl>{answers.collect_view()}</dl>
            <pre><code>{example}</code></pre>
        </section>
    }
}
