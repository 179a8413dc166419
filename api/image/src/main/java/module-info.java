/**
 * The image: its model, its records, the transforms that rewrite it.
 *
 * @uses org.xenimage.image.spi.ImageFormat the codecs
 */
// the modules that a package is exported to are built after this one; re2j has no module descriptor
@SuppressWarnings({"module", "requires-automatic"})
@org.jspecify.annotations.NullMarked
module org.xenimage.image {
    requires static org.jspecify;
    requires java.xml;
    requires re2j;
    requires transitive com.fasterxml.jackson.databind;

    exports org.xenimage.image;
    exports org.xenimage.image.element;
    exports org.xenimage.image.fault;
    exports org.xenimage.image.foreign to
            org.xenimage.cli,
            org.xenimage.formats,
            org.xenimage.migrate,
            org.xenimage.script,
            org.xenimage.tools;
    exports org.xenimage.image.io;
    exports org.xenimage.image.layout;
    exports org.xenimage.image.page;
    exports org.xenimage.image.paging to
            org.xenimage.formats,
            org.xenimage.tools;
    exports org.xenimage.image.record;
    exports org.xenimage.image.rewrite;
    exports org.xenimage.image.seal;
    exports org.xenimage.image.section;
    exports org.xenimage.image.spi;
    exports org.xenimage.image.verify;

    uses org.xenimage.image.spi.ImageFormat;
}
