//! Uploads. In: a multipart body. Out: its file and its text fields. Size, time and memory are limited.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{
        Multipart,
        multipart::{Field, MultipartError},
    },
    http::{HeaderMap, StatusCode, header},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::http_error::HttpError;

/// The maximum size of one upload in bytes.
pub const MAX_UPLOAD: usize = 512 << 20;

/// The maximum total size in bytes of uploads in memory. Further ones wait unread.
const ALL_UPLOADS: usize = 1 << 30;

/// The unit in which memory is reserved, in bytes.
const UNIT: usize = 1 << 20;

/// The time limit of reading an upload.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// The maximum number of fields of a form.
const MAX_FIELDS: usize = 16;
/// The maximum length of a text field in bytes.
const MAX_TEXT: usize = 4096;

/// The memory available for uploads.
#[derive(Clone, Debug)]
pub struct UploadRoom(Arc<Semaphore>);

/// A parsed form. The memory stays reserved as long as the form exists.
#[derive(Debug)]
pub struct Upload {
    /// The text fields.
    pub fields: Fields,
    /// The file.
    pub file: Bytes,
    /// The reserved memory.
    pub room: OwnedSemaphorePermit,
}

/// Text fields by name.
#[derive(Clone, Debug, Default)]
pub struct Fields(HashMap<String, String>);

impl UploadRoom {
    /// Creates a room without reservations.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(ALL_UPLOADS / UNIT)))
    }

    /// Waits for memory and reads the form.
    ///
    /// # Errors
    /// Fails if the body is too large, too slow, or not a form with a file.
    pub async fn read(&self, headers: &HeaderMap, form: Multipart) -> Result<Upload, HttpError> {
        let units = declared_size(headers)?.div_ceil(UNIT).max(1) as u32;
        let room = self.0.clone().acquire_many_owned(units).await.map_err(|_| HttpError::Internal)?;
        let (fields, file) = timeout(UPLOAD_TIMEOUT, read_form(form)).await.map_err(|_| HttpError::TooSlow)??;
        Ok(Upload { fields, file: file.ok_or(HttpError::missing("file"))?, room })
    }
}

impl Default for UploadRoom {
    fn default() -> Self {
        Self::new()
    }
}

impl Fields {
    /// Returns the text of a field.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the finite number in a field.
    ///
    /// # Errors
    /// Fails if the field is missing or contains anything else.
    pub fn number(&self, name: &'static str) -> Result<f64, HttpError> {
        let text = self.text(name).ok_or(HttpError::missing(name))?;
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| {
            let problem = "Input should be a valid number, unable to parse string as a number".to_owned();
            HttpError::Field { name, problem, input: Some(text.to_owned()) }
        })
    }

    /// Returns the boolean in a field, in any spelling that Python or a form uses; false if it is missing.
    ///
    /// # Errors
    /// Fails if the field contains anything else.
    pub fn flag(&self, name: &'static str) -> Result<bool, HttpError> {
        match self.text(name).unwrap_or("false").trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" | "" => Ok(false),
            other => {
                let problem = "Input should be a valid boolean, unable to interpret input".to_owned();
                Err(HttpError::Field { name, problem, input: Some(other.to_owned()) })
            }
        }
    }
}

/// Returns the declared size of the upload; the maximum if the client does not declare one.
fn declared_size(headers: &HeaderMap) -> Result<usize, HttpError> {
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    match stated {
        Some(size) if size > MAX_UPLOAD => Err(HttpError::TooLarge(MAX_UPLOAD)),
        Some(size) => Ok(size),
        None => Ok(MAX_UPLOAD),
    }
}

async fn read_form(mut form: Multipart) -> Result<(Fields, Option<Bytes>), HttpError> {
    let (mut fields, mut file) = (Fields::default(), None);
    for _ in 0..MAX_FIELDS {
        let Some(field) = form.next_field().await.map_err(of_body)? else { return Ok((fields, file)) };
        match field.name().map(str::to_owned) {
            Some(name) if name == "file" => file = Some(field.bytes().await.map_err(of_body)?),
            Some(name) => {
                fields.0.insert(name, short_text(field).await?);
            }
            None => {}
        }
    }
    Err(HttpError::Body(format!("more than {MAX_FIELDS} fields")))
}

async fn short_text(mut field: Field<'_>) -> Result<String, HttpError> {
    let mut text = Vec::new();
    while let Some(part) = field.chunk().await.map_err(of_body)? {
        text.extend_from_slice(&part);
        if text.len() > MAX_TEXT {
            return Err(HttpError::Body(format!("a text field of more than {MAX_TEXT} bytes")));
        }
    }
    String::from_utf8(text).map_err(|_| HttpError::Body("a text field that is not UTF-8".to_owned()))
}

fn of_body(error: MultipartError) -> HttpError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => HttpError::TooLarge(MAX_UPLOAD),
        _ => HttpError::Body(error.body_text()),
    }
}
