//! A file that a snapshot was written to, as QEMU judges it.

use std::{collections::BTreeSet, fs, ops::Range, path::Path};

use engine::ExportFormat;
use harness::{
    model::{BLOCK, Model},
    qemu::qemu_img,
};
use serde_json::Value;

use crate::look::{data, open};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// A file as QEMU sees it, beside the image `raw.img`.
pub(crate) struct Exported<'a> {
    pub(crate) what: String,
    pub(crate) file: &'a Path,
    pub(crate) format: ExportFormat,
}

impl Exported<'_> {
    /// What QEMU calls the format.
    const fn qemu(&self) -> &'static str {
        match self.format {
            ExportFormat::Raw => "raw",
            ExportFormat::Vhd | ExportFormat::VhdDynamic => "vpc",
            ExportFormat::Qcow2 => "qcow2",
            ExportFormat::Vhdx => "vhdx",
        }
    }

    /// Whether QEMU says where the file holds data; of a VHDX it does not, and reads all of it.
    pub(crate) fn is_mapped(&self) -> bool {
        self.format != ExportFormat::Vhdx
    }

    fn length(&self) -> u64 {
        fs::metadata(self.file).unwrap().len()
    }

    /// Runs `qemu-img` beside the file.
    fn run(&self, arguments: &str) -> String {
        qemu_img(self.file.parent().unwrap(), arguments)
    }

    /// What `qemu-img` says of the file.
    fn said(&self, command: &str) -> Value {
        let (qemu, format) = (self.qemu(), self.format);
        let said = self.run(&format!("{command} --output=json -f {qemu} out.{format}"));
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{}: {error}: {said}", self.what))
    }

    /// It is a disk of that size, and its structures are right.
    pub(crate) fn assert_sound(&self, size: u64) {
        let what = &self.what;
        let info = self.said("info");
        assert_eq!(info["virtual-size"], size, "{what}: {info}");
        assert!(info["backing-filename"].is_null() && info["dirty-flag"] != true, "{what}: {info}");
        if matches!(self.format, ExportFormat::Qcow2 | ExportFormat::Vhdx) {
            let check = self.said("check");
            for fault in ["check-errors", "corruptions", "leaks"] {
                assert!(check[fault].is_null() || check[fault] == 0, "{what}: {check}");
            }
            if self.format == ExportFormat::Qcow2 {
                assert_eq!(check["image-end-offset"], self.length(), "{what}: {check}");
            }
        }
    }

    /// A part of the disk is the image's.
    pub(crate) fn assert_compares(&self, part: Range<u64>) {
        let (qemu, format) = (self.qemu(), self.format);
        let part = format!("driver=raw,offset={},size={}", part.start, part.end - part.start);
        let compared = self.run(&format!(
            "compare --image-opts {part},file.filename=raw.img \
             {part},file.driver={qemu},file.file.filename=out.{format}"
        ));
        assert!(compared.contains("Images are identical"), "{}, {part}: {compared}", self.what);
    }

    /// It has the blocks that hold data, in units of the format, and little else.
    pub(crate) fn assert_holds_only(&self, model: &Model) {
        let unit = match self.format {
            ExportFormat::Raw | ExportFormat::Vhd => return,
            ExportFormat::VhdDynamic => 2 * MIB,
            ExportFormat::Qcow2 => 256 * KIB,
            ExportFormat::Vhdx => vhdx_block(model.size()),
        };
        let with_data = if self.is_mapped() { self.map() } else { data(&open(self.file).unwrap()) };
        let units = with_data.iter().flat_map(|it| it.start / unit..it.end.div_ceil(unit));
        let told: BTreeSet<u64> = units.collect();
        let wanted: BTreeSet<u64> = model.numbers().map(|block| block * BLOCK / unit).collect();
        assert!(told == wanted, "{}: data in {told:?}, not in {wanted:?}", self.what);
        let structure = self.length() - wanted.len() as u64 * unit;
        assert!(structure <= 36 * MIB, "{}: {structure} bytes that are no block's", self.what);
    }

    /// Where QEMU says that the file holds data.
    fn map(&self) -> Vec<Range<u64>> {
        let map = self.said("map");
        let with_data = map.as_array().unwrap().iter().filter(|it| it["data"] == true);
        let number = |it: &Value| it.as_u64().unwrap();
        let range = |it: &Value| number(&it["start"])..number(&it["start"]) + number(&it["length"]);
        with_data.map(range).collect()
    }
}

/// The length of a VHDX's blocks: the table has at most 4 Mi entries.
fn vhdx_block(size: u64) -> u64 {
    (size.div_ceil(1 << 22)).next_power_of_two().max(2 * MIB)
}
