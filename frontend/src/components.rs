//! What pages are made of: components that take values, and a few that do one thing to the server.

pub mod area_chart;
pub mod badge;
pub mod bytes;
pub mod confirm;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod icon;
pub mod job_card;
pub mod keys;
pub mod nav;
pub mod new_disk;
pub mod page_head;
pub mod progress;
pub mod remote;
pub mod script;
pub mod snapshot_now;
pub mod spark;
pub mod table;
pub mod time;
pub mod toast;
pub mod upload;
pub mod url;
pub mod watch;
