//! Names that people give: of resource groups, disks, snapshots, regions and zones.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::DiskId;

/// A name: 1 to 80 of `A-Z a-z 0-9 . _ -`, first a letter or digit; case matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"))]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

/// Text that is no name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not a name: use 1 to 80 letters, digits, dots, underscores and hyphens, first a letter or digit"
)]
pub struct ParseNameError(pub String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it would be taken for the id of a disk or a snapshot.
    pub fn is_id(&self) -> bool {
        self.0.parse::<DiskId>().is_ok()
    }
}

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let good = (1..=80).contains(&text.len())
            && text.bytes().all(allowed)
            && text.as_bytes()[0].is_ascii_alphanumeric();
        if good { Ok(Self(text.to_owned())) } else { Err(ParseNameError(text.to_owned())) }
    }
}

impl TryFrom<String> for Name {
    type Error = ParseNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// How a person names a disk or a snapshot: `NAME`, or `GROUP/NAME` outside the group `default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResourcePath {
    /// The resource group.
    pub group: Name,
    /// The name, unique within its group among resources of its kind.
    pub name: Name,
}

impl ResourcePath {
    /// The group of a resource whose group is not said.
    pub fn default_group() -> Name {
        Name("default".to_owned())
    }
}

impl FromStr for ResourcePath {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((group, name)) => Ok(Self { group: group.parse()?, name: name.parse()? }),
            None => Ok(Self { group: Self::default_group(), name: text.parse()? }),
        }
    }
}

impl fmt::Display for ResourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group == Self::default_group() {
            self.name.fmt(f)
        } else {
            write!(f, "{}/{}", self.group, self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for bad in ["", ".", "-x", "a/b", "a b", "ä", &"x".repeat(81)] {
            assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        }
        assert_eq!("web-1.img_a".parse::<Name>().unwrap().as_str(), "web-1.img_a");
    }

    #[test]
    fn a_group_is_said_only_when_it_is_not_the_default() {
        assert_eq!("web".parse::<ResourcePath>().unwrap().to_string(), "web");
        assert_eq!("default/web".parse::<ResourcePath>().unwrap().to_string(), "web");
        assert_eq!("lab/web".parse::<ResourcePath>().unwrap().to_string(), "lab/web");
    }
}
