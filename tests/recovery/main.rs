//! Crashes and faults at every call of the store, and damage in every object.

mod base;
mod beside;
mod damage;
mod gone;
mod scenario;
mod sweep;
mod unwritten;
