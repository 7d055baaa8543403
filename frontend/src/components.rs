//! What pages are made of: components that take values and know no endpoint.

pub mod badge;
pub mod bytes;
pub mod dialog;
pub mod empty;
pub mod icon;
pub mod nav;
pub mod page_head;
pub mod progress;
pub mod remote;
pub mod time;
pub mod toast;
