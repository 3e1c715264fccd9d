//! The types of elements of datasets and attributes.

use hdf5_sys::{
    h5i::hid_t,
    h5t::{
        H5T_IEEE_F32BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, H5T_NATIVE_INT64,
        H5T_NATIVE_UINT64, H5T_class_t, H5T_order_t, H5T_sign_t, H5T_str_t, H5Tcopy, H5Tequal, H5Tget_class,
        H5Tget_ebias, H5Tget_fields, H5Tget_offset, H5Tget_order, H5Tget_precision, H5Tget_sign, H5Tget_size,
        H5Tget_strpad, H5Tget_super, H5Tis_variable_str,
    },
};

use super::Handle;
use crate::matrix::number::{ByteOrder, Number, NumberKind};

/// The type of an element, and the type in which libhdf5 should return it.
#[derive(Debug)]
pub enum Element {
    /// A number.
    Number {
        /// The encoding of the bytes that libhdf5 returns.
        number: Number,
        /// The type to request from libhdf5.
        memory: Handle,
        /// Whether the bytes in the file have the same encoding.
        as_stored: bool,
        /// Whether it is an enumeration, which is the encoding of booleans.
        boolean: bool,
    },
    /// Text of fixed width.
    FixedText {
        /// The width in bytes.
        size: usize,
        /// The padding of shorter text.
        padding: Padding,
        /// The type to request from libhdf5.
        memory: Handle,
    },
    /// Text of variable length.
    VariableText {
        /// The type to request from libhdf5.
        memory: Handle,
    },
    /// A record.
    Compound {
        /// The type of the record.
        memory: Handle,
    },
    /// Any other type, which cannot be read.
    Other,
}

/// The padding of text of fixed width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The text ends at the first NUL.
    NulTerminated,
    /// NULs at the end are padding.
    NulPadded,
    /// Spaces at the end are padding.
    SpacePadded,
}

impl Element {
    /// Converts an HDF5 datatype; `None` if libhdf5 fails.
    pub fn of(datatype: &Handle) -> Option<Self> {
        // SAFETY: the type is valid; a copy is a new identifier.
        let (class, copy) = unsafe { (H5Tget_class(datatype.id()), Handle::adopt(H5Tcopy(datatype.id()))?) };
        Some(match class {
            H5T_class_t::H5T_INTEGER => integer(datatype, copy)?,
            H5T_class_t::H5T_FLOAT => float(datatype, copy)?,
            H5T_class_t::H5T_ENUM => {
                // SAFETY: the type is valid, and the base type of an enumeration is an integer type.
                let base = Handle::adopt(unsafe { H5Tget_super(datatype.id()) })?;
                match integer(&base, copy)? {
                    Self::Number { number, memory, as_stored: true, .. } => {
                        Self::Number { number, memory, as_stored: true, boolean: true }
                    }
                    _ => Self::Other,
                }
            }
            H5T_class_t::H5T_STRING => text(datatype, copy)?,
            H5T_class_t::H5T_COMPOUND => Self::Compound { memory: copy },
            _ => Self::Other,
        })
    }

    /// Returns the name of the type for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number { boolean: true, .. } => "bool",
            Self::Number { number, .. } => number.name(),
            Self::FixedText { .. } | Self::VariableText { .. } => "text",
            Self::Compound { .. } => "records",
            Self::Other => "values that are not numbers",
        }
    }
}

/// Converts an integer type. Types of 1, 2, 4 or 8 whole bytes are read unchanged; others are converted by libhdf5.
fn integer(datatype: &Handle, copy: Handle) -> Option<Element> {
    let id = datatype.id();
    // SAFETY: valid type handle.
    let (size, precision, offset, order, sign) =
        unsafe { (H5Tget_size(id), H5Tget_precision(id), H5Tget_offset(id), H5Tget_order(id), H5Tget_sign(id)) };
    let kind = if sign == H5T_sign_t::H5T_SGN_NONE { NumberKind::Unsigned } else { NumberKind::Signed };
    let plain = matches!(size, 1 | 2 | 4 | 8) && precision == size * 8 && offset == 0;
    match byte_order(order, size) {
        Some(order) if plain => Some(stored(Number { kind, size, order }, copy)),
        // SAFETY: the types are predefined by libhdf5.
        _ if kind == NumberKind::Unsigned => converted(kind, unsafe { H5Tcopy(*H5T_NATIVE_UINT64) }),
        _ => converted(kind, unsafe { H5Tcopy(*H5T_NATIVE_INT64) }),
    }
}

/// Converts a float type. IEEE half, single and double are read unchanged; others are converted by libhdf5.
fn float(datatype: &Handle, copy: Handle) -> Option<Element> {
    let id = datatype.id();
    // SAFETY: valid type handles.
    let (size, order) = unsafe { (H5Tget_size(id), H5Tget_order(id)) };
    let equals = |other: hid_t| unsafe { H5Tequal(id, other) } > 0;
    let plain = match size {
        2 => is_half(datatype),
        4 => equals(*H5T_IEEE_F32LE) || equals(*H5T_IEEE_F32BE),
        8 => equals(*H5T_IEEE_F64LE) || equals(*H5T_IEEE_F64BE),
        _ => false,
    };
    match byte_order(order, size) {
        Some(order) if plain => Some(stored(Number { kind: NumberKind::Float, size, order }, copy)),
        // SAFETY: the type is predefined by libhdf5.
        _ => converted(NumberKind::Float, unsafe { H5Tcopy(*H5T_NATIVE_DOUBLE) }),
    }
}

fn is_half(datatype: &Handle) -> bool {
    let (mut sign, mut exponent, mut exponent_size, mut mantissa, mut mantissa_size) = (0, 0, 0, 0, 0);
    // SAFETY: the type is valid, and so are the pointers to the results.
    unsafe {
        H5Tget_fields(datatype.id(), &mut sign, &mut exponent, &mut exponent_size, &mut mantissa, &mut mantissa_size)
            >= 0
            && H5Tget_ebias(datatype.id()) == 15
            && (sign, exponent, exponent_size, mantissa, mantissa_size) == (15, 10, 5, 0, 10)
    }
}

fn stored(number: Number, memory: Handle) -> Element {
    Element::Number { number, memory, as_stored: true, boolean: false }
}

fn converted(kind: NumberKind, memory: hid_t) -> Option<Element> {
    let number = Number { kind, size: 8, order: ByteOrder::NATIVE };
    Some(Element::Number { number, memory: Handle::adopt(memory)?, as_stored: false, boolean: false })
}

fn byte_order(order: H5T_order_t, size: usize) -> Option<ByteOrder> {
    match order {
        H5T_order_t::H5T_ORDER_LE => Some(ByteOrder::Little),
        H5T_order_t::H5T_ORDER_BE => Some(ByteOrder::Big),
        _ => (size == 1).then_some(ByteOrder::Little),
    }
}

fn text(datatype: &Handle, memory: Handle) -> Option<Element> {
    // SAFETY: valid type handle.
    let (variable, size, padding) =
        unsafe { (H5Tis_variable_str(datatype.id()), H5Tget_size(datatype.id()), H5Tget_strpad(datatype.id())) };
    if variable > 0 {
        return Some(Element::VariableText { memory });
    }
    let padding = match padding {
        H5T_str_t::H5T_STR_SPACEPAD => Padding::SpacePadded,
        H5T_str_t::H5T_STR_NULLPAD => Padding::NulPadded,
        _ => Padding::NulTerminated,
    };
    Some(Element::FixedText { size, padding, memory })
}
