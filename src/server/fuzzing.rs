//! Entry point of the fuzz targets (`tests/fuzz`) to the multipart reader. In: arbitrary bytes. Out: nothing, or a
//! panic.

use axum::{
    body::Body,
    extract::{FromRequest, Multipart},
    http::{Request, header},
};

use super::upload::UploadRoom;

/// Reads a form whose parts are separated by `--x`.
pub fn read_form(body: &[u8]) {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .header(header::CONTENT_LENGTH, body.len())
        .body(Body::from(body.to_vec()));
    let Ok(request) = request else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else { return };
    runtime.block_on(async {
        let headers = request.headers().clone();
        let Ok(form) = Multipart::from_request(request, &()).await else { return };
        if let Ok(upload) = UploadRoom::new().read(&headers, form).await {
            let _ = (upload.fields.number("prune_threshold"), upload.fields.flag("include_extended_statistics"));
            assert!(upload.file.len() <= body.len());
        }
    });
}
