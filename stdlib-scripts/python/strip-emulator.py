"""Drops the state of the device model (QEMU) and its part of XenStore from an HVM image.

The image can still be examined, and its memory searched or scrubbed; what the device model held, such as disk buffers
and the screen, is gone. A toolstack that starts a device model needs its state and does not restore such an image:
images of PV and PVH guests, which have none, stay the same.
"""

POLICY: "Policy" = {
    "api": 1,
    "name": "strip-emulator",
    "version": "1.0",
}


def on_record(record: "XenRecord", ctx: "Context"):
    if record.layer != "libxl" or not record.type.startswith("EMULATOR_"):
        return
    ctx.log(f"dropped {record.type}, {record.length} bytes")
    record.drop()
