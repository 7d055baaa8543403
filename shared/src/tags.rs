//! Tags: what people call their disks and snapshots by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Up to 50 pairs of a key (1 to 128 characters) and a value (0 to 256), sorted by key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>", into = "BTreeMap<String, String>")]
pub struct Tags(BTreeMap<String, String>);

/// Pairs that are no tags.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TagsError {
    /// There are too many.
    #[error("{0} tags are more than 50")]
    TooMany(usize),
    /// A key is empty or too long.
    #[error("the tag {0:?} must have a key of 1 to 128 characters")]
    Key(String),
    /// A value is too long.
    #[error("the value of tag {0:?} has more than 256 characters")]
    Value(String),
}

impl Tags {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

impl TryFrom<BTreeMap<String, String>> for Tags {
    type Error = TagsError;

    fn try_from(tags: BTreeMap<String, String>) -> Result<Self, Self::Error> {
        if tags.len() > 50 {
            return Err(TagsError::TooMany(tags.len()));
        }
        for (key, value) in &tags {
            if !(1..=128).contains(&key.chars().count()) {
                return Err(TagsError::Key(key.clone()));
            }
            if value.chars().count() > 256 {
                return Err(TagsError::Value(key.clone()));
            }
        }
        Ok(Self(tags))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Tags {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::{ObjectBuilder, schema::Type};
        let text = || ObjectBuilder::new().schema_type(Type::String);
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("Up to 50 pairs of a key and a value, sorted by key."))
            .property_names(Some(text().min_length(Some(1)).max_length(Some(128))))
            .additional_properties(Some(text().max_length(Some(256))))
            .max_properties(Some(50))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Tags {}

impl From<Tags> for BTreeMap<String, String> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}
