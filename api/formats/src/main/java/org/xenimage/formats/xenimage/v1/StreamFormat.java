package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.libvirt.LibvirtFormat;
import org.xenimage.formats.libxc.LibxcFormat;
import org.xenimage.formats.libxc.StreamWriter;
import org.xenimage.formats.libxl.LibxlFormat;
import org.xenimage.formats.xenopsd.XenopsdFormat;
import org.xenimage.formats.xl.XlFormat;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;

/** The format of the stream that an image holds, by its outermost layer. */
public final class StreamFormat {
    private StreamFormat() {}

    /** Writes the stream that an image holds. */
    public static ImageWriter writer(Layer outermost, ByteSink sink) {
        return switch (outermost) {
            case XL -> XlFormat.within(sink);
            case LIBVIRT -> LibvirtFormat.within(sink);
            case XENOPSD, LIBXL, LIBXC -> StreamWriter.within(sink, outermost);
        };
    }

    public static ImageFormat format(int layer) {
        return switch (layer) {
            case Ident.LAYER_XL -> new XlFormat();
            case Ident.LAYER_LIBVIRT -> new LibvirtFormat();
            case Ident.LAYER_XENOPSD -> new XenopsdFormat();
            case Ident.LAYER_LIBXL -> new LibxlFormat();
            default -> new LibxcFormat();
        };
    }

    static int number(Layer outermost) {
        return switch (outermost) {
            case XL -> Ident.LAYER_XL;
            case LIBVIRT -> Ident.LAYER_LIBVIRT;
            case XENOPSD -> Ident.LAYER_XENOPSD;
            case LIBXL -> Ident.LAYER_LIBXL;
            case LIBXC -> Ident.LAYER_LIBXC;
        };
    }

    public static CorruptImage headless(String sink, ImageElement element) throws IOException {
        return new CorruptImage(
                Fault.in(sink)
                        .at(element.offset())
                        .element(element.label())
                        .problem("comes before any header")
                        .remedy(
                                "an image begins with an xl, libvirt, xenopsd, libxl or libxc header"));
    }
}
