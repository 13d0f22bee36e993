//! The functions that ../tokenizer.cpp calls. A panic of the library becomes an error: it must not unwind into C++.
use std::ffi::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;

use tokenizers::{Tokenizer, TruncationParams};

/// Writes the message, cut to `room` bytes with the ending 0.
unsafe fn tell(message: &str, into: *mut c_char, room: usize) {
    if room == 0 {
        return;
    }
    let count = message.len().min(room - 1);
    std::ptr::copy_nonoverlapping(message.as_ptr(), into.cast::<u8>(), count);
    *into.add(count) = 0;
}

/// A tokenizer from the text of a tokenizer.json, cutting sequences to `most` tokens with the special ones; null with a
/// message on an error.
///
/// # Safety
/// `json` holds `length` bytes, `message` has `room` bytes. The result is freed by haina_tokenizer_free.
#[no_mangle]
pub unsafe extern "C" fn haina_tokenizer_new(
    json: *const u8,
    length: usize,
    most: usize,
    message: *mut c_char,
    room: usize,
) -> *mut Tokenizer {
    let bytes = slice::from_raw_parts(json, length);
    let made = catch_unwind(AssertUnwindSafe(|| {
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| error.to_string())?;
        let truncation = TruncationParams {
            max_length: most,
            ..TruncationParams::default()
        };
        tokenizer
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(|error| error.to_string())?;
        Ok::<_, String>(tokenizer)
    }));
    match made {
        Ok(Ok(tokenizer)) => Box::into_raw(Box::new(tokenizer)),
        Ok(Err(error)) => {
            tell(&error, message, room);
            std::ptr::null_mut()
        }
        Err(_) => {
            tell("the tokenizer library failed", message, room);
            std::ptr::null_mut()
        }
    }
}

/// Ids of the tokens of a text, with special ones if `special`, into `ids`, which has room for the most tokens that the
/// tokenizer was made for. Their number; -1 on an error.
///
/// # Safety
/// `tokenizer` comes from haina_tokenizer_new, `text` holds `length` bytes, `ids` has room for `room` numbers.
#[no_mangle]
pub unsafe extern "C" fn haina_tokenizer_encode(
    tokenizer: *const Tokenizer,
    text: *const u8,
    length: usize,
    special: bool,
    ids: *mut u32,
    room: usize,
) -> i64 {
    let tokenizer = &*tokenizer;
    let text = String::from_utf8_lossy(slice::from_raw_parts(text, length));
    match catch_unwind(AssertUnwindSafe(|| tokenizer.encode_fast(text.as_ref(), special))) {
        Ok(Ok(encoding)) if encoding.get_ids().len() <= room => {
            let found = encoding.get_ids();
            std::ptr::copy_nonoverlapping(found.as_ptr(), ids, found.len());
            found.len() as i64
        }
        _ => -1,
    }
}

/// # Safety
/// `tokenizer` comes from haina_tokenizer_new, or is null.
#[no_mangle]
pub unsafe extern "C" fn haina_tokenizer_free(tokenizer: *mut Tokenizer) {
    if !tokenizer.is_null() {
        drop(Box::from_raw(tokenizer));
    }
}
