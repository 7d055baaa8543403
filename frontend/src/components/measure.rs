//! How large an element is drawn, as it changes.

use leptos::{html::ElementType, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Element, ResizeObserver};

use crate::asked::effect;

/// Width and height of an element's content in CSS pixels; zeros until it is drawn.
pub fn use_size<E>(node: NodeRef<E>) -> Signal<(f64, f64)>
where
    E: ElementType + 'static,
    E::Output: AsRef<Element> + wasm_bindgen::JsCast + Clone + 'static,
{
    let size = RwSignal::new((0.0, 0.0));
    let watch = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    effect(move || {
        let Some(element) = node.get() else { return };
        let element: Element = AsRef::<Element>::as_ref(&element).clone();
        let read = {
            let element = element.clone();
            move || {
                let now = (f64::from(element.client_width()), f64::from(element.client_height()));
                if size.get_untracked() != now {
                    size.set(now);
                }
            }
        };
        read();
        let closure = Closure::<dyn FnMut()>::new(read);
        if let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) {
            observer.observe(&element);
            watch.set_value(Some((observer, closure)));
        }
    });
    on_cleanup(move || {
        if let Some((observer, _)) = watch.try_update_value(Option::take).flatten() {
            observer.disconnect();
        }
    });
    size.into()
}
