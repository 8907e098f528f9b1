//! Signals of few types. Leptos' own are another type for every value, and so is each closure in a `view!`: the wasm would have
//! the code that keeps, follows and draws one once for each. Here a value is held as one that may be any, and that code is
//! there once for all.
//!
//! - [`Signal`], [`Memo`], [`RwSignal`], [`ArcRwSignal`]: used as Leptos' signals of these names are; what is read is [`Held`].
//! - [`text`], [`mark`], [`when`]: what a `view!` takes, in three types.

use std::{any::Any, fmt, marker::PhantomData, ops::Deref, sync::Arc};

use leptos::prelude::{Effect, Get, GetUntracked, IntoAttributeValue, IntoRender, Set, Track, Write};

use crate::locale::number;

/// A value of any type: the type is the signal's that holds it.
type Value = Arc<dyn Any + Send + Sync>;

/// What can be in a signal.
pub trait Keep: Send + Sync + 'static {}

impl<T: Send + Sync + 'static> Keep for T {}

/// What a signal held when it was read: it stays as it is, whatever the signal holds by now.
pub struct Held<T>(Arc<T>);

impl<T: Keep> Held<T> {
    fn of(value: Value) -> Self {
        match value.downcast() {
            Ok(value) => Self(value),
            Err(_) => {
                unreachable!("a signal holds what its type says, since nothing else can be put into it")
            }
        }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What all signals have in common.
macro_rules! reads {
    ($($name:ident)*) => {$(
        impl<T: Keep> $name<T> {
            /// What it holds; whoever asks is told of the next value.
            pub fn read(&self) -> Held<T> {
                Held::of(self.0.get())
            }

            /// What it holds.
            pub fn read_untracked(&self) -> Held<T> {
                Held::of(self.0.get_untracked())
            }

            /// Whoever asks is told of the next value.
            pub fn track(&self) {
                self.0.track();
            }
        }

        impl<T: Clone + Keep> $name<T> {
            /// A copy of what it holds; whoever asks is told of the next value.
            pub fn get(&self) -> T {
                self.read().clone()
            }

            /// A copy of what it holds.
            pub fn get_untracked(&self) -> T {
                self.read_untracked().clone()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}

/// What can be put into a signal.
macro_rules! writes {
    ($($name:ident)*) => {$(
        impl<T: Keep> $name<T> {
            /// Holds this from now on.
            pub fn set(&self, value: T) {
                self.0.set(Arc::new(value));
            }

            /// Changes what it holds, in its place if nobody reads it now.
            pub fn update(&self, change: impl FnOnce(&mut T))
            where
                T: Clone,
            {
                let Held(mut value) = self.read_untracked();
                // The signal's own hold on the value is let go first; nothing reads in between.
                *self.0.write_untracked() = Arc::new(());
                change(Arc::make_mut(&mut value));
                self.0.set(value);
            }
        }
    )*};
}

/// `Copy`, whatever it holds.
macro_rules! copies {
    ($($name:ident)*) => {$(
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> From<$name<T>> for Signal<T> {
            fn from(signal: $name<T>) -> Self {
                Self(signal.0.into(), PhantomData)
            }
        }
    )*};
}

/// A value to read, whoever makes it.
pub struct Signal<T>(leptos::prelude::Signal<Value>, PhantomData<fn() -> T>);

/// A value made of others, that tells those who read it only when it is another one.
pub struct Memo<T>(leptos::prelude::Memo<Value>, PhantomData<fn() -> T>);

/// A value that is set; it lives as long as the part of the page that made it.
pub struct RwSignal<T>(leptos::prelude::RwSignal<Value>, PhantomData<fn() -> T>);

/// A value that is set; it lives as long as somebody has it.
pub struct ArcRwSignal<T>(leptos::prelude::ArcRwSignal<Value>, PhantomData<fn() -> T>);

reads!(Signal Memo RwSignal ArcRwSignal);
writes!(RwSignal ArcRwSignal);
copies!(Memo RwSignal);

impl<T> Clone for Signal<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Signal<T> {}

impl<T: Keep> Signal<T> {
    /// Always this.
    pub fn stored(value: T) -> Self {
        let value: Value = Arc::new(value);
        Self(leptos::prelude::Signal::stored(value), PhantomData)
    }
}

impl From<&'static str> for Signal<&'static str> {
    fn from(text: &'static str) -> Self {
        Self::stored(text)
    }
}

impl<T: Keep> RwSignal<T> {
    /// Holds this at first.
    pub fn new(value: T) -> Self {
        Self(leptos::prelude::RwSignal::new(Arc::new(value)), PhantomData)
    }
}

impl<T: Keep> ArcRwSignal<T> {
    /// Holds this at first.
    pub fn new(value: T) -> Self {
        Self(leptos::prelude::ArcRwSignal::new(Arc::new(value)), PhantomData)
    }
}

impl<T> Clone for ArcRwSignal<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

/// A `view!` takes what is a text.
macro_rules! shows {
    ($($name:ident)*) => {$(
        impl<T: Text + Clone + Keep> IntoRender for $name<T> {
            type Output = Shown<String>;

            fn into_render(self) -> Shown<String> {
                text(move || self.get())
            }
        }

        impl<T: Text + Clone + Keep> IntoAttributeValue for $name<T> {
            type Output = Shown<String>;

            fn into_attribute_value(self) -> Shown<String> {
                text(move || self.get())
            }
        }
    )*};
}

shows!(Signal Memo);

/// Whether they are one signal.
impl<T> PartialEq for ArcRwSignal<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for ArcRwSignal<T> {}

/// An [`ArcRwSignal`] that has forgotten of what; who keeps it knows.
#[derive(Clone)]
pub struct AnySignal(leptos::prelude::ArcRwSignal<Value>);

impl AnySignal {
    /// The signal, of the type that it was made with.
    pub fn of<T: Keep>(&self) -> ArcRwSignal<T> {
        ArcRwSignal(self.0.clone(), PhantomData)
    }
}

impl<T> From<ArcRwSignal<T>> for AnySignal {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self(signal.0)
    }
}

impl<T> From<ArcRwSignal<T>> for Signal<T> {
    fn from(signal: ArcRwSignal<T>) -> Self {
        Self(signal.0.into(), PhantomData)
    }
}

/// What a text can be made of.
pub trait Text {
    /// The text.
    fn text(self) -> String;
}

impl Text for String {
    fn text(self) -> String {
        self
    }
}

impl Text for &'static str {
    fn text(self) -> String {
        self.to_owned()
    }
}

impl Text for Option<String> {
    fn text(self) -> String {
        self.unwrap_or_default()
    }
}

impl Text for u32 {
    fn text(self) -> String {
        number(self)
    }
}

impl Text for usize {
    fn text(self) -> String {
        number(self)
    }
}

/// A value that follows what `make` reads.
pub fn derive<T: Keep>(make: impl Fn() -> T + Send + Sync + 'static) -> Signal<T> {
    let make: Box<dyn Fn() -> Value + Send + Sync> = Box::new(move || Arc::new(make()));
    Signal(leptos::prelude::Signal::derive(make), PhantomData)
}

/// What makes a memo's value of the last one.
type Making = Box<dyn Fn(Option<&Value>) -> Value + Send + Sync>;

/// The same, that tells those who read it only when it is another value; `make` gets the last one.
pub fn memo<T: PartialEq + Keep>(make: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Memo<T> {
    let make: Making = Box::new(move |last| Arc::new(make(last.and_then(|last| last.downcast_ref()))));
    let is_new: fn(Option<&Value>, Option<&Value>) -> bool = |last, next| {
        let last = last.and_then(|last| last.downcast_ref::<T>());
        last != next.and_then(|next| next.downcast_ref())
    };
    Memo(leptos::prelude::Memo::new_with_compare(make, is_new), PhantomData)
}

/// Does something now, and again after what it read has changed; it gets what it last returned. In the browser only.
pub fn effect<T: 'static>(mut act: impl FnMut(Option<T>) -> T + 'static) {
    let mut last = None;
    let act: Box<dyn FnMut(Option<()>)> = Box::new(move |_| last = Some(act(last.take())));
    Effect::new(act);
}

/// What a `view!` takes: the signals of its own.
pub type Shown<T> = leptos::prelude::Signal<T>;

/// A part of a page that follows what `make` reads.
fn shown<T: Keep>(make: impl Fn() -> T + Send + Sync + 'static) -> Shown<T> {
    let make: Box<dyn Fn() -> T + Send + Sync> = Box::new(make);
    Shown::derive(make)
}

/// A text that follows what `make` reads.
pub fn text<T: Text>(make: impl Fn() -> T + Send + Sync + 'static) -> Shown<String> {
    shown(move || make().text())
}

/// An attribute that is there with a word, or isn't.
pub fn mark<T: Into<Option<&'static str>>>(
    make: impl Fn() -> T + Send + Sync + 'static,
) -> Shown<Option<&'static str>> {
    shown(move || make().into())
}

/// Whether something is so.
pub fn when(is_so: impl Fn() -> bool + Send + Sync + 'static) -> Shown<bool> {
    shown(is_so)
}
