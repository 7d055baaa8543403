//! The REST API: its routes, and what is the same for all of them.

mod body;
mod costs;
mod data;
mod diff;
mod disk_data;
mod disks;
pub(crate) mod error;
mod events;
pub(crate) mod frame;
mod gc;
mod heatmap;
mod jobs;
pub(crate) mod once;
mod openapi;
mod page;
mod reply;
mod server;
mod snapshots;

use actix_web::{
    guard,
    middleware::Compress,
    web::{self, ServiceConfig, resource, scope},
};
use shared::Code;

use self::error::Refusal;

/// Every route.
pub(crate) fn configure(app: &mut ServiceConfig) {
    let refused = |error: &dyn std::fmt::Display| {
        actix_web::Error::from(Refusal::new(Code::InvalidRequest, error.to_string()))
    };
    app.app_data(web::QueryConfig::default().error_handler(move |error, _| refused(&error)))
        .app_data(web::PathConfig::default().error_handler(move |error, _| refused(&error)));
    let api = scope("/api/v1")
        .service(resource("/server").get(server::show))
        .service(resource("/image-files").get(server::image_files))
        .service(resource("/disks").get(disks::list).post(disks::create))
        .service(
            resource("/disks/{disk}").get(disks::show).patch(disks::update).delete(disks::detach),
        )
        .service(
            resource("/disks/{disk}/data")
                .get(disk_data::read)
                .head(disk_data::read)
                .put(disk_data::write),
        )
        .service(
            resource("/disks/{disk}/snapshots").get(snapshots::of_disk).post(snapshots::create),
        )
        .service(resource("/disks/{disk}/timeline").get(heatmap::timeline))
        .service(resource("/disks/{disk}/heatmap/{metric}/{level}/{tile}").get(heatmap::tile))
        .service(resource("/disks/{disk}/changes").get(heatmap::changes))
        .service(resource("/snapshots").get(snapshots::list))
        // Others than a POST are for the snapshot of that name.
        .service(resource("/snapshots/freeable").guard(guard::Post()).post(snapshots::freeable))
        .service(resource("/snapshots/{snapshot}").get(snapshots::show).delete(snapshots::delete))
        .service(resource("/snapshots/{snapshot}/data").get(snapshots::data).head(snapshots::data))
        .service(resource("/snapshots/{snapshot}/diff").get(diff::show))
        .service(resource("/snapshots/{snapshot}/verify").post(snapshots::verify))
        .service(resource("/costs").get(costs::show))
        .service(resource("/gc").get(gc::plan).post(gc::collect))
        .service(resource("/jobs").get(jobs::list))
        .service(resource("/jobs/{job}").get(jobs::show).delete(jobs::cancel))
        .service(resource("/events").get(events::stream))
        .service(resource("/openapi.json").get(openapi::show))
        .service(resource("/docs").get(openapi::browse))
        .default_service(web::to(nothing))
        .wrap(Compress::default());
    app.service(api).service(scope("/api").default_service(web::to(nothing)));
}

async fn nothing() -> Result<String, Refusal> {
    Err(Refusal::new(Code::NotFound, "there is nothing at this path")
        .help("GET /api/v1/docs lists every path"))
}
