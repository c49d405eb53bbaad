//! How bytes cross between the page and this module: three functions, no imports, no bindings made by a program. The only
//! unsafe code of the booth; what it trusts is `engine.js`.

use std::cell::RefCell;

use zeroize::Zeroize;

use crate::Booth;

thread_local! {
    static BOOTH: RefCell<Booth> = RefCell::default();
}

/// Room for `len` bytes, to be filled and handed over to [`booth_call`].
#[unsafe(no_mangle)]
pub extern "C" fn booth_alloc(len: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Takes a call as JSON, and gives the address of the answer in the upper and its length in the lower 32 bits. The call is
/// wiped.
///
/// # Safety
/// `at` is from [`booth_alloc`] of this `len`, and is given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn booth_call(at: *mut u8, len: usize) -> u64 {
    // SAFETY: as above; the box is the one that was made there.
    let mut call = unsafe { take(at, len) };
    let answer = BOOTH.with_borrow_mut(|booth| booth.call(&call)).into_boxed_slice();
    call.zeroize();
    let len = answer.len() as u64;
    ((Box::into_raw(answer).cast::<u8>() as u64) << 32) | len
}

/// Wipes an answer of [`booth_call`].
///
/// # Safety
/// `at` and `len` are those of an answer, which is given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn booth_free(at: *mut u8, len: usize) {
    // SAFETY: as above.
    unsafe { take(at, len) }.zeroize();
}

/// # Safety
/// `at` and `len` are of a box that was given away, and is given back once.
unsafe fn take(at: *mut u8, len: usize) -> Box<[u8]> {
    // SAFETY: as above.
    unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(at, len)) }
}
