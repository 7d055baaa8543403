//! Crashes and faults at every call of the store, and damage in every object.

mod base;
mod damage;
mod scenario;
mod sweep;
