//! The formats of a download: what each is called, and for whom it is.

use shared::{ByteSize, ExportFormat};

/// The formats that hold a disk, the ones for most people first.
pub fn holding(disk: ByteSize) -> impl Iterator<Item = ExportFormat> {
    let order = [
        ExportFormat::Qcow2,
        ExportFormat::Vhdx,
        ExportFormat::Vhd,
        ExportFormat::VhdDynamic,
        ExportFormat::Raw,
    ];
    order.into_iter().filter(move |format| disk <= format.largest())
}

/// What a format is called.
pub const fn title(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Raw => "Raw image",
        ExportFormat::Vhd => "VHD",
        ExportFormat::VhdDynamic => "VHD, dynamic",
        ExportFormat::Qcow2 => "qcow2",
        ExportFormat::Vhdx => "VHDX",
    }
}

/// For whom a format is.
pub const fn purpose(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Raw => "every byte, for any tool",
        ExportFormat::Vhd => "every byte, for Azure",
        ExportFormat::VhdDynamic => "used blocks, for Xen and VirtualBox",
        ExportFormat::Qcow2 => "used blocks, for KVM and Proxmox",
        ExportFormat::Vhdx => "used blocks, for Hyper-V",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_that_holds_the_disk_is_offered_once() {
        let holding = |bytes| holding(ByteSize::new(bytes).unwrap()).collect::<Vec<_>>();
        let small = holding(512);
        assert_eq!(small.len(), ExportFormat::ALL.len());
        assert!(ExportFormat::ALL.iter().all(|format| small.contains(format)));
        assert_eq!(holding(3 << 40), [ExportFormat::Qcow2, ExportFormat::Vhdx, ExportFormat::Raw]);
    }
}
