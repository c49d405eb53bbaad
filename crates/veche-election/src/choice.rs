//! What an organiser chooses from, and what becomes of candidates: each has one name, in the manifest, in `election.toml`, on
//! the command line, in the result.

/// One of few things that can be named, and what each of them is called wherever it is written.
pub trait Choice: Copy + Sized + Send + Sync + 'static {
    /// In their order.
    const ALL: &'static [Self];

    /// As it stands in every format.
    fn name(self) -> &'static str;

    /// The one of this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.name() == name)
    }
}

/// An enum whose variants stand beside their names, and nowhere else.
macro_rules! choice {
    ($(#[$about:meta])* pub enum $choice:ident { $($(#[$what:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $choice {
            $($(#[$what])* #[serde(rename = $name)] $variant,)+
        }

        impl $crate::choice::Choice for $choice {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::{Serialize, de::DeserializeOwned};

    use super::Choice;
    use crate::{
        ContestKind, Method, Revote, RollShows, Secrecy,
        manifest::{Better, Order},
        rules::{Blanks, TieStep},
    };

    fn check<T: Choice + Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(count: usize) {
        assert_eq!(T::ALL.len(), count);
        for choice in T::ALL {
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.name());
            assert_eq!(T::named(choice.name()), Some(*choice));
            assert_eq!(serde_json::from_value::<T>(choice.name().into()).unwrap(), *choice);
        }
        assert_eq!(T::named("else"), None);
    }

    #[test]
    fn a_choice_has_one_name_everywhere() {
        check::<Method>(4);
        check::<TieStep>(8);
        check::<Blanks>(2);
        check::<Better>(2);
        check::<Order>(2);
        check::<ContestKind>(2);
        check::<Secrecy>(2);
        check::<Revote>(2);
        check::<RollShows>(3);
    }
}
