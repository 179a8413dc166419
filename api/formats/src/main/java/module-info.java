/**
 * The codecs. Nothing here is exported: they are found through the service provider interface.
 *
 * @provides org.xenimage.image.spi.ImageFormat xl, libvirt, xenopsd, libxl and libxc, native in both forms,
 * dump-core, vmcore
 */
@org.jspecify.annotations.NullMarked
module org.xenimage.formats {
    requires static org.jspecify;
    requires com.github.luben.zstd_jni;
    requires org.xenimage.image;

    provides org.xenimage.image.spi.ImageFormat with
            org.xenimage.formats.xl.XlFormat,
            org.xenimage.formats.libvirt.LibvirtFormat,
            org.xenimage.formats.xenopsd.XenopsdFormat,
            org.xenimage.formats.libxl.LibxlFormat,
            org.xenimage.formats.libxc.LibxcFormat,
            org.xenimage.formats.xenimage.NativeFormat,
            org.xenimage.formats.xenimage.NativeStreamFormat,
            org.xenimage.formats.dumpcore.DumpCoreFormat,
            org.xenimage.formats.vmcore.VmcoreFormat;
}
