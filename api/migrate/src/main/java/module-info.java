/** Migration: what two toolstacks say to each other around an image, and a relay that stands between them. */
@org.jspecify.annotations.NullMarked
module org.xenimage.migrate {
    requires static org.jspecify;
    requires transitive org.xenimage.image;

    exports org.xenimage.migrate;
}
