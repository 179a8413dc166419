/**
 * The codecs. Nothing here is exported: they are found through the service provider interface.
 *
 * @provides org.xenimage.image.ImageFormat xl, libxl and libxc
 */
@org.jspecify.annotations.NullMarked
module org.xenimage.formats {
    requires static org.jspecify;
    requires org.xenimage.image;

    provides org.xenimage.image.ImageFormat with
            org.xenimage.formats.xl.XlFormat,
            org.xenimage.formats.libxl.LibxlFormat,
            org.xenimage.formats.libxc.LibxcFormat;
}
