//! Prints the overview.
#[path = "../tests/story/mod.rs"]
mod story;
fn main() {
    let data = match std::env::args().nth(1).as_deref() {
        Some("empty") => {
            let mut d = story::page(vec![]);
            d.lamps = story::lamps(model::wire::LampState::Never, None);
            d
        }
        _ => story::page(story::rows()),
    };
    println!("{}", story::render(data, "/").0);
}
