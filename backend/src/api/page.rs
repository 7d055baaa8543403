//! Pages of lists: cursors that stay true while things come and go.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::{Code, Page};

use super::error::Refusal;

/// Items on a page if nobody says how many.
const LIMIT: usize = 100;

/// Items on a page at most.
const MAX_LIMIT: usize = 1000;

/// Which page is wanted.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked<K> {
    pub(super) after: Option<K>,
    pub(super) limit: usize,
}

impl<K: Serialize + DeserializeOwned> Asked<K> {
    /// The page that `limit` and `cursor` ask for.
    pub(super) fn new(limit: Option<usize>, cursor: Option<&str>) -> Result<Self, Refusal> {
        let limit = limit.unwrap_or(LIMIT);
        at_most(MAX_LIMIT, limit, "limit")?;
        let after = cursor.map(|cursor| {
            let key = BASE64.decode(cursor).ok();
            let key = key.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            key.ok_or_else(|| {
                Refusal::new(Code::InvalidRequest, format!("{cursor:?} is not a cursor"))
                    .help("give the `next` of the page before, as it is")
            })
        });
        Ok(Self { after: after.transpose()?, limit })
    }

    /// The page of a whole list that is in the order of its keys.
    pub(super) fn of<T>(&self, items: Vec<T>, key: impl Fn(&T) -> K) -> Page<T>
    where
        K: Ord,
    {
        let items = items.into_iter();
        let rest = items.skip_while(|item| self.after.as_ref().is_some_and(|it| key(item) <= *it));
        self.first(rest, &key)
    }

    /// The page of a list that starts behind the cursor.
    pub(super) fn first<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> K,
    ) -> Page<T> {
        let mut items = items.into_iter();
        let page: Vec<T> = items.by_ref().take(self.limit).collect();
        let next = items.next().and(page.last()).map(|last| {
            BASE64.encode(serde_json::to_vec(&key(last)).expect("keys have no failing parts"))
        });
        Page { items: page, next }
    }
}

/// An error unless there is one at least, and no more than may be.
pub(super) fn at_most(most: usize, count: usize, parameter: &str) -> Result<(), Refusal> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    let detail = format!("{parameter}={count} is not between 1 and {most}");
    Err(Refusal::new(Code::InvalidRequest, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_to_the_list_though_it_changes() {
        let mut list: Vec<u32> = (0..10).map(|it| it * 10).collect();
        let first = Asked::new(Some(4), None).unwrap().of(list.clone(), |it| *it);
        assert_eq!(first.items, [0, 10, 20, 30]);
        list.retain(|&it| it != 30);
        list.insert(1, 5);
        let second = Asked::new(Some(1000), first.next.as_deref()).unwrap().of(list, |it| *it);
        assert_eq!(second.items, [40, 50, 60, 70, 80, 90]);
        assert_eq!(second.next, None);
    }

    #[test]
    fn a_cursor_that_was_made_up_is_refused() {
        for cursor in ["", "x", "bm90IGpzb24"] {
            assert!(Asked::<u32>::new(None, Some(cursor)).is_err(), "{cursor}");
        }
        assert!(Asked::<u32>::new(Some(0), None).is_err());
    }
}
