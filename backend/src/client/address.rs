//! Where a server is: `http://HOST[:PORT]`, and below which path.

use std::{fmt, str::FromStr};

use url::Url;

/// A server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

impl Address {
    /// The address of a route; what a segment has of `/` and the like is part of its name.
    pub(super) fn route(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v1"]).extend(segments);
        }
        url
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).ok().filter(Url::has_host);
        let url = url.ok_or("give the address that the server prints: http://HOST:PORT")?;
        match url.scheme() {
            "http" if url.query().is_none() && url.fragment().is_none() => Ok(Self(url)),
            "http" => Err("an address has neither a query nor a fragment".to_owned()),
            "https" => Err("https is not spoken here: give http://HOST:PORT, and lead it through \
                            a tunnel, for example with `ssh -L`"
                .to_owned()),
            other => Err(format!("{other} is not spoken here: give http://HOST:PORT")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_the_path() {
        let address: Address = "http://127.0.0.1:8080".parse().unwrap();
        let route = address.route(&["disks", "team/web"]);
        assert_eq!(route.as_str(), "http://127.0.0.1:8080/api/v1/disks/team%2Fweb");
        let address: Address = "http://skikt.lan/kept/".parse().unwrap();
        assert_eq!(address.route(&["gc"]).as_str(), "http://skikt.lan/kept/api/v1/gc");
        assert_eq!(address.to_string(), "http://skikt.lan/kept");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["127.0.0.1:8080", "https://a", "ftp://a", "http://", "http://a?b", ""] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
