//! Fields of records that hold several numbers each, as the embeddings in obsm of anndata before 0.7.

use hdf5_sys::{
    h5i::H5Iinc_ref,
    h5t::{
        H5T_class_t, H5Tarray_create2, H5Tcreate, H5Tget_array_dims2, H5Tget_array_ndims, H5Tget_class,
        H5Tget_member_index, H5Tget_member_type, H5Tget_size, H5Tget_super, H5Tinsert,
    },
};

use super::{Dataset, read::MAX_BLOCK};
use crate::matrix::{
    Error,
    h5::{Element, Handle, c_name},
    number::Number,
};

/// A field of a one-dimensional dataset of records, with a vector of numbers in each record.
#[derive(Debug)]
pub struct VectorField {
    /// The dataset, whose records are read with only this field.
    records: Dataset,
    /// The encoding of the numbers that are read.
    pub number: Number,
    /// The number of numbers in each record.
    pub width: u64,
}

impl VectorField {
    /// Opens a field; `None` if there is no such field, or it is not a vector of numbers.
    pub fn open(records: &Dataset, name: &str) -> Option<Self> {
        let Element::Compound { memory } = &records.element else { return None };
        let c_name = c_name(name)?;
        // SAFETY: valid types and names; each new identifier is adopted; the vector has one dimension.
        let (base, width) = unsafe {
            let index = u32::try_from(H5Tget_member_index(memory.id(), c_name.as_ptr())).ok()?;
            let member = Handle::adopt(H5Tget_member_type(memory.id(), index))?;
            if H5Tget_class(member.id()) != H5T_class_t::H5T_ARRAY || H5Tget_array_ndims(member.id()) != 1 {
                return None;
            }
            let mut width = 0;
            if H5Tget_array_dims2(member.id(), &raw mut width) < 0 {
                return None;
            }
            (Handle::adopt(H5Tget_super(member.id()))?, width)
        };
        let Element::Number { number, memory: base, .. } = Element::of(&base)? else { return None };
        // SAFETY: as above; the second reference to the dataset is owned by the new handle.
        let (record, handle) = unsafe {
            let vector = Handle::adopt(H5Tarray_create2(base.id(), 1, &raw const width))?;
            let record = Handle::adopt(H5Tcreate(H5T_class_t::H5T_COMPOUND, H5Tget_size(vector.id())))?;
            if H5Tinsert(record.id(), c_name.as_ptr(), 0, vector.id()) < 0 || H5Iinc_ref(records.handle().id()) < 0 {
                return None;
            }
            (record, Handle::adopt(records.handle().id())?)
        };
        Some(Self { records: records.as_records(handle, record, name), number, width })
    }

    fn read_into(&self, start: u64, count: u64, block: &mut [u8]) -> Option<()> {
        let record = self.records.record.as_ref()?;
        self.records.read(record, &[start], &[count], block.as_mut_ptr().cast())
    }

    /// Reads the vectors of some records. Returns their bytes.
    ///
    /// # Errors
    /// Fails if the vectors are too large or cannot be read.
    pub fn read(&self, start: u64, count: u64) -> Result<Vec<u8>, Error> {
        let at = || self.records.at.clone();
        let size = (self.number.size as u64).saturating_mul(self.width).saturating_mul(count);
        if size > MAX_BLOCK {
            return Err(Error::TooLarge { at: at(), size, unit: "bytes in one piece", limit: MAX_BLOCK });
        }
        let mut block = vec![0; size as usize];
        let read = match size {
            0 => Some(()),
            _ => self.read_into(start, count, &mut block),
        };
        read.map(|()| block).ok_or_else(|| Error::Damaged { at: at() })
    }
}
